// Owns what this package's own processes are given of the environment: they read files and drivers, and talk to nobody.
/** The environment without certificates that Node would read before anything else: a file of usual length takes 50 ms. */
export function offlineEnv() {
    const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
    return env;
}
