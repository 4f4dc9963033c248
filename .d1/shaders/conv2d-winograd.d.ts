export interface WinogradShape {
    readonly channelBlocks: number;
    readonly workgroupX: number;
    readonly workgroupY: number;
    readonly subgroup: number | undefined;
    readonly sources: readonly number[];
}
export declare function convWinogradWgsl(shape: WinogradShape): string;
