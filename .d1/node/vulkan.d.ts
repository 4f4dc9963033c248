/** The driver (ICD) files that the Vulkan loader would read, in its order: the user's choice, or those in the system's folders. */
export declare function systemDrivers(env?: NodeJS.ProcessEnv): string[];
/**
 * Makes a Vulkan loader available to this process: the system's, else the given one.
 *
 * Dawn asks for the loader by its bare name. Where the system has none, one that was loaded before from elsewhere answers to that name,
 * if it stays: process.dlopen takes back what is not a Node module, unless it is marked as not to be unloaded.
 */
export declare function loadVulkan(fallback: string | undefined): boolean;
/** Runs `action` with the Vulkan loader restricted to one driver file. The environment is the process's: one call at a time. */
export declare function withDriver<T>(icdFile: string | undefined, action: () => Promise<T>): Promise<T>;
