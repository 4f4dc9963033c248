/** A tile along one axis: its input, and the part of it (its core) whose result is used. */
export interface TileSpan {
    /** The first pixel of the input; below zero where the picture wraps. */
    readonly start: number;
    readonly coreStart: number;
    readonly coreEnd: number;
}
/** Tiles of one size along an axis, whose cores follow one another without a gap. */
export interface AxisTiles {
    readonly size: number;
    readonly spans: readonly TileSpan[];
}
export interface AxisRequest {
    /** Pixels to cover, at least 1. */
    readonly length: number;
    /** Pixels between a core and an edge of its tile that is not the picture's border. */
    readonly overlap: number;
    /** Sizes are multiples of it, and starts too where the picture does not wrap. */
    readonly multiple: number;
    /** The picture goes on at its other side, so that every edge of a tile needs its overlap. */
    readonly wraps: boolean;
}
/** The fewest pixels of a tile that has a core beside its overlaps. */
export declare function smallestTile(request: AxisRequest): number;
/**
 * Cuts an axis into `count` tiles of one size, as small as covers it; tiles and overlaps come out evenly, so that there is
 * no tiny last one. Fewer tiles result where so many would leave some without a core.
 */
export declare function cutAxis(request: AxisRequest, count: number): AxisTiles;
/**
 * How many tiles of at most `size` pixels cover an axis.
 * @throws EsrganError "bad-input" if the overlap leaves nothing of such a tile
 */
export declare function countBySize(request: AxisRequest, size: number): number;
/** Cuts an axis into tiles of at most `size` pixels. @throws EsrganError as countBySize */
export declare function cutAxisBySize(request: AxisRequest, size: number): AxisTiles;
/** How many tiles `cutAxis` makes of an axis, and how large. */
export declare function measureCut(request: AxisRequest, asked: number): {
    readonly count: number;
    readonly size: number;
};
