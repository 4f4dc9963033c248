// Owns tensor names: the layouts that checkpoints of the same network come in, brought to Real-ESRGAN's names.
/** Prefixes that wrappers put before every name. */
const PREFIXES = ["module.", "netG.", "generator."];
/** The tensors under Real-ESRGAN's names; what no rule knows keeps its name. */
export function normalizeKeys(map) {
    const names = [...map.tensors.keys()];
    const prefix = PREFIXES.find((candidate) => names.length > 0 && names.every((name) => name.startsWith(candidate))) ?? "";
    const bare = names.map((name) => name.slice(prefix.length));
    const rename = bare.some((name) => name.startsWith("model.1.sub."))
        ? oldArchRenamer(bare)
        : bare.some((name) => name.startsWith("RRDB_trunk."))
            ? renameTrunk
            : (name) => name;
    const tensors = new Map();
    names.forEach((name, index) => {
        tensors.set(rename(bare[index]), map.tensors.get(name));
    });
    return { tensors, metadata: map.metadata };
}
/** ESRGAN, BSRGAN, RealSR: `RRDB_trunk.0.RDB1.conv1.weight`. */
function renameTrunk(name) {
    return name
        .replace(/^RRDB_trunk\.(\d+)\.RDB(\d+)\./, "body.$1.rdb$2.")
        .replace(/^trunk_conv\./, "conv_body.")
        .replace(/^upconv(\d+)\./, "conv_up$1.")
        .replace(/^HRconv\./, "conv_hr.");
}
/** The first ESRGAN code, a nested Sequential: `model.1.sub.0.RDB1.conv1.0.weight`, numbered by position. */
function oldArchRenamer(names) {
    const trunk = names.map((name) => Number(/^model\.1\.sub\.(\d+)\.(?:weight|bias)$/.exec(name)?.[1] ?? -1));
    const blocks = Math.max(...trunk);
    const indices = names.map((name) => Number(/^model\.(\d+)\.(?:weight|bias)$/.exec(name)?.[1] ?? 0));
    const ups = Math.floor((Math.max(...indices) + 1 - 5) / 3);
    const top = new Map([
        [0, "conv_first"],
        [3 * ups + 2, "conv_hr"],
        [3 * ups + 4, "conv_last"],
    ]);
    for (let up = 1; up <= ups; up++)
        top.set(3 * up, `conv_up${up}`);
    return (name) => name
        .replace(/^model\.1\.sub\.(\d+)\.RDB(\d+)\.conv1x1\./, "body.$1.rdb$2.conv1x1.")
        .replace(/^model\.1\.sub\.(\d+)\.RDB(\d+)\.conv(\d+)\.0\./, "body.$1.rdb$2.conv$3.")
        .replace(new RegExp(`^model\\.1\\.sub\\.${blocks}\\.`), "conv_body.")
        .replace(/^model\.(\d+)\.(weight|bias)$/, (whole, index, kind) => {
        const found = top.get(Number(index));
        return found ? `${found}.${kind}` : whole;
    });
}
