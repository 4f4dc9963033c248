/** The environment without certificates that Node would read before anything else: a file of usual length takes 50 ms. */
export declare function offlineEnv(): NodeJS.ProcessEnv;
