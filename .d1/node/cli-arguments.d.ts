import type { AlphaMode, TileOption } from "../index.js";
/** What the command line asks for. */
export interface Command {
    readonly action: "upscale" | "plan" | "list-adapters" | "help" | "version";
    /** Files, folders and patterns. */
    readonly inputs: readonly string[];
    readonly recursive: boolean;
    readonly output: string | undefined;
    /** Leaves out pictures whose result is there. */
    readonly resume: boolean;
    /** One model, or several to be mixed. */
    readonly models: readonly WeightedModel[];
    readonly precision: "auto" | "f32" | "f16";
    readonly backend: "gpu" | "cpu";
    readonly adapter: string | undefined;
    /** Output pixels for each input pixel along an axis; undefined: the model's. */
    readonly scale: number | undefined;
    readonly tile: TileOption | undefined;
    /** In bytes. */
    readonly memoryBudget: number | undefined;
    readonly alpha: AlphaMode | undefined;
    readonly tta: boolean;
    readonly tileable: boolean;
    /** Reports as JSON, one line a picture. */
    readonly json: boolean;
    readonly quiet: boolean;
}
/** A bundled model's name or a file, and what its weights are multiplied by in a mixture. */
export interface WeightedModel {
    readonly name: string;
    readonly weight: number;
}
/** A command line that makes no sense; the message is one sentence. */
export declare class UsageError extends Error {
    readonly name = "UsageError";
}
export declare const DEFAULT_MODEL = "general-x4v3";
export declare const HELP = "Usage: esrgan-webgpu INPUT... [options]\n\nMakes pictures (PNG, JPEG, WebP) larger with an ESRGAN network, on the GPU through WebGPU.\nAn input is a file, a folder (all pictures in it) or a pattern in quotes (\"scans/*.png\", \"**/*.jpg\").\nWithout an input it does so with a photo of its own.\n\n  -o, --output FILE|FOLDER   where to write (default: NAME-4x.png beside the input); the ending says which format;\n                             several inputs need a folder, which has to exist; JPEG shows transparency as white\n  -r, --recursive            folders with the folders in them, which the output folder gets too\n      --resume               leave out pictures whose result is there and newer\n  -m, --model NAME|FILE      general-x4v3 (default, photos, fast), x4plus (photos, best), anime-6b (drawings),\n                             or a .safetensors file; A:0.8+B:0.2 mixes the weights of models of one kind\n  -s, --scale N              how many times as large, 0.1 to 16 (default: as the model does, 4 or 2 times)\n      --tile auto|SIZE[,OVERLAP]\n                             work in tiles of SIZE pixels that have OVERLAP in common (default: auto, as memory allows)\n      --memory SIZE          GPU memory to get by with: bytes, or with K, M or G, such as 512M (default: what is sensible)\n      --alpha bicubic|network|ignore\n                             how transparency is enlarged (default: bicubic), or that the result is opaque\n      --tta                  better and eight times as slow: averages over the picture turned and mirrored\n      --tileable             the picture repeats at its borders, and its result will too\n      --precision auto|f32|f16\n                             what numbers are stored as on the GPU (default: auto, the faster that the GPU is good at)\n      --backend gpu|cpu      cpu is slow, and exact (default: gpu)\n      --adapter NAME         part of a name that --list-adapters prints (default: the fastest)\n      --list-adapters        print the WebGPU adapters of this machine, one a line\n      --plan                 print what would be computed, as JSON, and stop\n      --json                 print a report for each picture, one line of JSON, in place of the output's name\n  -q, --quiet                no progress, no names of what was written and no sum at the end\n      --help, --version\n\nIt prints the name of each picture it has written. It exits with 0 if all went well, 1 if not, 2 if it was called wrongly.\n";
/** @throws UsageError */
export declare function parseCommand(words: readonly string[]): Command;
