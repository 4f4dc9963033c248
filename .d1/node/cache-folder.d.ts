/** An installed package. */
export interface InstalledPackage {
    readonly folder: string;
    readonly version: string;
}
/** Where a package is installed, whatever its exports hide; undefined if it is not. */
export declare function findPackage(name: string): InstalledPackage | undefined;
/**
 * The user's cache folder of this name, which `fill` makes where it is missing or has lost one of the files it needs. Without a home folder
 * to write to it is one for this process alone, as a folder that all can write to could be filled by another user.
 */
export declare function cachedFolder(name: string, needed: readonly string[], fill: (folder: string) => void): string;
