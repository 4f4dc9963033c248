export interface SwiftShader {
    /** The driver's ICD file, for VK_DRIVER_FILES. */
    readonly icdFile: string;
    /** A Vulkan loader, for machines without one. */
    readonly loader: string;
}
/** SwiftShader's files on this machine, unpacked first if need be; undefined where the package is not installed. */
export declare function findSwiftShader(): SwiftShader | undefined;
