/** Channels of a block. */
export declare const BLOCK_CHANNELS = 4;
/** One channel block of a tensor: `width` x `height` pixels inside a border `pad` wide; sizes count blocks. */
export interface Plane {
    readonly width: number;
    readonly height: number;
    readonly pad: number;
    readonly pitch: number;
    readonly size: number;
    readonly origin: number;
}
export declare function plane(width: number, height: number, pad: number): Plane;
export declare function channelBlocks(channels: number): number;
export declare function roundUp(value: number, multiple: number): number;
