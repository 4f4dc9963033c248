export interface TarEntry {
    readonly name: string;
    readonly kind: "file" | "folder" | "link";
    readonly mode: number;
    readonly data: Uint8Array;
    /** What a symbolic link points to; empty for the rest. */
    readonly target: string;
}
/**
 * The entries of a tar archive, with names that stay inside the folder they are unpacked to.
 * @throws Error where the archive is cut off, a checksum is wrong or a name leads outside
 */
export declare function untar(archive: Uint8Array, archiveName: string): Generator<TarEntry>;
