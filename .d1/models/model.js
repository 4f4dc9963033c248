// Owns the loaded model: a network with its weights and a name. Where the bundled ones are is bundled.ts.
import { readBytes } from "../weights/read-bytes.js";
import { parseSafetensors } from "../weights/safetensors.js";
import { detectNetwork } from "./detect.js";
/**
 * Reads a .safetensors file: bytes, a Blob, a Response, or the URL of one.
 * @throws EsrganError "network", "bad-weights" or "unsupported-model"; signal.reason if aborted
 */
export async function readModel(source, options = {}) {
    const bytes = await readBytes(source, options);
    const weights = parseSafetensors(bytes);
    const network = detectNetwork(weights);
    const name = options.name ?? fileName(source) ?? network.architecture;
    return { name, network, byteLength: bytes.byteLength, metadata: weights.metadata };
}
function fileName(source) {
    const url = typeof source === "string" || source instanceof URL ? String(source) : undefined;
    return url && (/([^/?#]+?)(?:\.safetensors)?(?:[?#].*)?$/.exec(url)?.[1] ?? undefined);
}
