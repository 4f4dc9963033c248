// realesrgan-ncnn-vulkan beside this library's command line: whole processes, from a PNG to a PNG, on the same Vulkan driver, both with
// values stored in f16. Owns how both are called and timed. Only anime-6b is a network that both have.
import { spawn } from "node:child_process";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Picture, readPicture, writePicture } from "../../src/node/index.js";
import { offlineEnv } from "../../src/node/offline-env.js";
import { driverEnvironment } from "../../src/node/vulkan.js";
import type { Row } from "./job.js";
import { testPicture } from "./page/picture.js";

export const OURS = "esrgan-webgpu process";
export const NCNN = "realesrgan-ncnn-vulkan process";

const NETWORK = "anime-6b";
const NCNN_MODEL = "realesrgan-x4plus-anime"; // the same weights under the name their author gave
const MIN_PSNR_DB = 40; // both compute in f16; another network or picture is below 30
const NCNN_BORDER = 10; // pixels that it mirrors around the picture before the network, and cuts off after it

type Pixels = Picture["pixels"];

export interface NcnnOptions {
  /** The program realesrgan-ncnn-vulkan. */
  readonly program: string;
  /** Its models; by default the folder beside it, as it comes. */
  readonly models?: string | undefined;
  /** This library's command line, and what to say before its own arguments. */
  readonly ours: readonly [string, ...string[]];
  readonly adapter: { readonly name: string; readonly driverFile: string | undefined };
  readonly size: number;
  readonly repeats: number;
  onProgress?(line: string): void;
}

/** Runs both by turns, so that a machine that slows down does so for both, and compares their pictures. */
export async function compareWithNcnn(options: NcnnOptions): Promise<Row[]> {
  const { program, models = join(dirname(program), "models"), ours, adapter, size, repeats } = options;
  const folder = await mkdtemp(join(tmpdir(), "esrgan-webgpu-peers-"));
  try {
    const input = join(folder, "picture.png");
    const pixels = { data: testPicture(size), width: size, height: size, channels: 3, bits: 8 } as const;
    await writePicture(input, { pixels });
    const outputs = [join(folder, "ours.png"), join(folder, "ncnn.png")] as const;
    const environment = { ...vulkanEnvironment(adapter.driverFile), MESA_SHADER_CACHE_DIR: join(folder, "shaders") };
    const oursOn = (from: string, to: string) =>
      [...ours, from, "-o", to, "-m", NETWORK, "--adapter", adapter.name, "--precision", "f16", "--quiet"] as const;
    const commands = [
      oursOn(input, outputs[0]),
      [program, "-i", input, "-o", outputs[1], "-n", NCNN_MODEL, "-m", models, "-s", "4"],
    ] as const;
    const times: [number[], number[]] = [[], []];
    const failures: (string | undefined)[] = [undefined, undefined];
    for (let run = 0; run <= repeats; run++) {
      for (const at of [0, 1] as const) {
        if (failures[at] !== undefined) continue;
        options.onProgress?.(`${NETWORK}, ${[OURS, NCNN][at]}, run ${run + 1} ...`);
        try {
          times[at].push(await timeProcess(commands[at], outputs[at], environment));
        } catch (error) {
          failures[at] = (error as Error).message;
        }
      }
    }
    const rows = [OURS, NCNN].map((peer, at) => rowOf(peer, adapter.name, times[at]!, failures[at]));
    if (rows.every(({ failure }) => failure === undefined)) {
      const bordered = [join(folder, "bordered.png"), join(folder, "ours-bordered.png")] as const;
      await writePicture(bordered[0], { pixels: withBorder(pixels) });
      await timeProcess(oursOn(...bordered), bordered[1], environment);
      const same = withoutBorder((await readPicture(bordered[1])).pixels, size);
      rows[1] = { ...rows[1]!, ...verdict(same, (await readPicture(outputs[1])).pixels) };
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The first run stands apart: it compiles every shader, as nothing is in the cache that Mesa's drivers then find them in. */
function rowOf(peer: string, adapter: string, [firstMs, ...timesMs]: number[], failure: string | undefined): Row {
  if (failure !== undefined) return { network: NETWORK, peer, adapter, failure };
  return { network: NETWORK, peer, adapter, firstMs: firstMs!, timesMs };
}

/** What both run in. What a machine makes every Node process read first is no part of the work. */
function vulkanEnvironment(driverFile: string | undefined): NodeJS.ProcessEnv {
  if (driverFile === undefined) return offlineEnv();
  return { ...offlineEnv(), ...driverEnvironment(driverFile) };
}

/** How long a process takes to write `output`. Its exit status is not enough: ncnn's is 0 where it could not open a model. */
async function timeProcess(command: readonly string[], output: string, env: NodeJS.ProcessEnv): Promise<number> {
  const [program, ...args] = command as [string, ...string[]];
  await rm(output, { force: true });
  const start = performance.now();
  const said = await new Promise<string>((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
    child.on("error", (error) => reject(new Error(`${program} does not start: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) resolve(text);
      else reject(new Error(`${program} ended with ${signal ?? code}: ${lastLine(text)}`));
    });
  });
  const durationMs = performance.now() - start;
  await access(output).catch(() => {
    throw new Error(`${program} ended well but wrote no picture: ${lastLine(said)}`);
  });
  return durationMs;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) || "it said nothing";
}

/** The picture as ncnn's network sees it: what lies beyond the border shows far into the result. */
function withBorder(pixels: Pixels): Pixels {
  const along = (length: number) => mirroredIndices(-NCNN_BORDER, length + 2 * NCNN_BORDER, length);
  return cut(pixels, along(pixels.width), along(pixels.height));
}

function withoutBorder(pixels: Pixels, size: number): Pixels {
  const scale = pixels.width / (size + 2 * NCNN_BORDER);
  const along = mirroredIndices(NCNN_BORDER * scale, size * scale, pixels.width);
  return cut(pixels, along, along);
}

function cut({ data, width, channels, bits }: Pixels, columns: Int32Array, rows: Int32Array): Pixels {
  const values = Array.from(rows, (row) =>
    Array.from(columns, (column) => {
      const at = (row * width + column) * channels;
      return [...data.subarray(at, at + channels)];
    }),
  );
  return { data: Uint8Array.from(values.flat(2)), width: columns.length, height: rows.length, channels, bits };
}

function verdict(ours: Pixels, theirs: Pixels): Pick<Row, "difference" | "failure"> {
  if (ours.width !== theirs.width || ours.height !== theirs.height || ours.channels !== theirs.channels) {
    return { failure: `The picture is ${theirs.width}x${theirs.height}, and ours ${ours.width}x${ours.height}` };
  }
  let largest = 0;
  let squares = 0;
  for (let i = 0; i < ours.data.length; i++) {
    const difference = Math.abs(ours.data[i]! - theirs.data[i]!) / 255;
    largest = Math.max(largest, difference);
    squares += difference ** 2;
  }
  const psnr = 10 * Math.log10(ours.data.length / squares);
  if (psnr >= MIN_PSNR_DB) return { difference: largest };
  return {
    difference: largest,
    failure: `The picture is ${psnr.toFixed(1)} dB away from ours, less than ${MIN_PSNR_DB}`,
  };
}

/** For `size` pixels from `start` on, those of a picture's `length` pixels, mirrored at its edges. */
function mirroredIndices(start: number, size: number, length: number): Int32Array {
  return Int32Array.from({ length: size }, (_, i) => {
    const at = start + i;
    if (at >= 0 && at < length) return at;
    const mirrored = at < 0 ? -at : 2 * (length - 1) - at;
    const isInside = mirrored >= 0 && mirrored < length;
    return isInside ? mirrored : at < 0 ? 0 : length - 1;
  });
}
