import type { Pixels } from "../ops/pixels.js";
/** Whether the picture's last channel is alpha. */
export declare function hasAlpha({ channels }: Pick<Pixels, "channels">): boolean;
/** The alpha of `pixels` as a gray picture, or undefined where there is none or it is opaque throughout. */
export declare function alphaOf(pixels: Pixels): Pixels | undefined;
/** A gray picture resized bicubically, antialiased, some rows at a time. Rows must be asked for from the top down. */
export declare class ResizedGray {
    #private;
    private readonly gray;
    readonly width: number;
    readonly height: number;
    private readonly wraps;
    constructor(gray: Pixels, width: number, height: number, wraps?: boolean);
    /** Rows `from` to `to` in levels of the source's bits. */
    rows(from: number, to: number): Uint8Array | Uint16Array;
}
