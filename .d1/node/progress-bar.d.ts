import type { WriteStream } from "node:tty";
import type { EngineProgress } from "./engine.js";
export declare class ProgressBar {
    private readonly stream;
    private drawn;
    constructor(stream: WriteStream);
    draw(label: string, progress: EngineProgress): void;
    clear(): void;
}
/** The bar as text that fits one line of this width. */
export declare function progressText(label: string, { done, total, etaMs }: EngineProgress, columns: number): string;
