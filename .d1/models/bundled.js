// Owns the models that are found by name: the default, which is a lazily imported module of this package, and those of the
// companion packages, which are found where they are installed.
import { EsrganError } from "../errors.js";
import { readModel } from "./model.js";
export const DEFAULT_MODEL = "general-x4v3";
/** The models by name, and what each is for. */
export const BUNDLED_MODELS = {
    "general-x4v3": { summary: "4x, real photos, small and fast (Real-ESRGAN general-x4v3)" },
    "anime-6b": { summary: "4x, drawings (Real-ESRGAN x4plus anime 6B)", package: "@esrgan-webgpu/anime-6b" },
    x4plus: { summary: "4x, real photos, large and slow (Real-ESRGAN x4plus)", package: "@esrgan-webgpu/x4plus" },
};
const loaded = new Map();
/**
 * Loads a model: a bundled name, a companion package's export, a .safetensors file's bytes, Blob, Response or URL. A loaded
 * model is given back as it is.
 * @throws EsrganError "unsupported-model" naming what to install or which models there are, "network", "bad-weights";
 *   signal.reason if aborted
 */
export async function loadModel(source = DEFAULT_MODEL, options = {}) {
    if (typeof source === "function")
        return readModel(await source(), options);
    if (typeof source !== "string")
        return isModel(source) ? source : readModel(source, options);
    if (Object.hasOwn(BUNDLED_MODELS, source))
        return bundledModel(source);
    if (/[./:]/.test(source))
        return readModel(source, options);
    throw new EsrganError("unsupported-model", `There is no model named "${source}"; there are ${Object.keys(BUNDLED_MODELS).join(", ")}, or give the URL of a .safetensors file`);
}
/** Loaded once and shared, unless loading failed. */
function bundledModel(name) {
    const found = loaded.get(name);
    if (found)
        return found;
    const loading = bundledBytes(name).then((bytes) => readModel(bytes, { name }));
    loading.catch(() => loaded.delete(name));
    loaded.set(name, loading);
    return loading;
}
async function bundledBytes(name) {
    const specifier = BUNDLED_MODELS[name].package;
    if (specifier === undefined) {
        const { default: base64 } = await import("../../models/general-x4v3/general-x4v3.js");
        return fromBase64(base64);
    }
    let load;
    try {
        // Not for bundlers to follow: the package is optional.
        ({ default: load } = await import(/* @vite-ignore */ /* webpackIgnore: true */ specifier));
    }
    catch (cause) {
        throw new EsrganError("unsupported-model", `The model "${name}" is in its own package: npm install ${specifier}, and in a bundled page pass that package's default export as the model`, { cause });
    }
    return load();
}
function fromBase64(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++)
        bytes[i] = text.charCodeAt(i);
    return bytes;
}
function isModel(source) {
    return typeof source === "object" && source !== null && "network" in source;
}
