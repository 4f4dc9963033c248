// Owns the choice of network from tensor names and shapes alone.
import { EsrganError } from "../errors.js";
import { printableName } from "../weights/printable-name.js";
import { compact, isCompact } from "./compact.js";
import { normalizeKeys } from "./key-layouts.js";
import { isRrdbNet, rrdbNet } from "./rrdbnet.js";
import { isRrdn, rrdn } from "./rrdn.js";
const SUPPORTED = "RRDBNet (ESRGAN, Real-ESRGAN, ESRGAN+), RRDN and SRVGGNetCompact";
/**
 * The network `map` holds the weights of, in any key layout.
 * @throws EsrganError "unsupported-model" saying what was found and what is supported; "bad-weights" where it is one of
 *   those but a tensor does not fit
 */
export function detectNetwork(map) {
    const normalized = normalizeKeys(map);
    if (isRrdbNet(normalized))
        return rrdbNet(normalized);
    if (isRrdn(normalized))
        return rrdn(normalized);
    if (isCompact(normalized))
        return compact(normalized);
    const names = [...map.tensors.keys()];
    const found = names.length === 0
        ? "The weights hold no tensors"
        : `The weights hold ${names.length} tensors (${names.slice(0, 3).map(printableName).join(", ")}, ...) of a network that is not known`;
    throw new EsrganError("unsupported-model", `${found}; supported are ${SUPPORTED}`);
}
