// The residual-in-residual dense block that ESRGAN and RRDN share.
import { countFrom } from "./inspect.js";
const RESIDUAL_SCALE = 0.2; // ESRGAN paper, section 3.1: the value its networks were trained with
export function trunkOf(map) {
    const blocks = countFrom(map, 0, (n) => `body.${n}.rdb1.conv1.weight`);
    const denseBlocks = countFrom(map, 1, (k) => `body.0.rdb${k}.conv1.weight`);
    const convs = countFrom(map, 1, (j) => `body.0.rdb1.conv${j}.weight`);
    const plus = map.tensors.has("body.0.rdb1.conv1x1.weight");
    const names = [];
    const extraTensors = [];
    for (let n = 0; n < blocks; n++) {
        for (let k = 1; k <= denseBlocks; k++) {
            for (let j = 1; j <= convs; j++)
                names.push(`body.${n}.rdb${k}.conv${j}`);
            if (plus)
                extraTensors.push(`body.${n}.rdb${k}.conv1x1.weight`);
        }
    }
    return { blocks, denseBlocks, convs, plus, names, extraTensors };
}
/** `RDB_n(...RDB_1(x)) * 0.2 + x` */
export function rrdb(b, id, x, trunk, activation) {
    let y = x;
    for (let k = 1; k <= trunk.denseBlocks; k++)
        y = denseBlock(b, `${id}.rdb${k}`, y, trunk, activation);
    return b.scaledAdd(`${id}.residual`, y, RESIDUAL_SCALE, x);
}
/** Each convolution sees the block's input and all growth before it; the last one has no activation. */
function denseBlock(b, id, x, trunk, activation) {
    const growth = [];
    for (let j = 1; j < trunk.convs; j++) {
        let g = b.conv(`${id}.conv${j}`, [x, ...growth], activation);
        if (trunk.plus && j === 2) {
            g = b.scaledAdd(`${id}.plus2`, b.conv(`${id}.conv1x1`, x, undefined, { bias: false }), 1, g);
        }
        if (trunk.plus && j === 4)
            g = b.scaledAdd(`${id}.plus4`, g, 1, growth[1]);
        growth.push(g);
    }
    return b.scaledAdd(`${id}.residual`, b.conv(`${id}.conv${trunk.convs}`, [x, ...growth]), RESIDUAL_SCALE, x);
}
