export interface PictureMetadata {
    /** The ICC profile that the values are meant in. */
    readonly iccProfile?: Uint8Array | undefined;
    /** What the picture was made with. */
    readonly software?: string | undefined;
}
/** The same file with the metadata in it; the pixel data is not touched. */
export declare function embedMetadata(file: Buffer, format: "jpeg" | "webp", { iccProfile, software }: PictureMetadata): Buffer;
