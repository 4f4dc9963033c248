// The networks as their papers say, once for every peer that has to be told layer by layer. Shares no code with the library's own models,
// which are what is compared.

/** What a peer can do with its values of type V. Every convolution is 3x3, padded with zeros, with the bias of its name. */
export interface Layers<V> {
  conv(x: V, name: string, activation?: "relu" | "leaky-relu"): V;
  concat(values: readonly V[]): V;
  /** `x * scale + y` */
  scaledAdd(x: V, scale: number, y: V): V;
  upsampleNearest2(x: V): V;
  /** In PyTorch's order of channels. */
  pixelShuffle(x: V, factor: number): V;
  /** Calls `body`; what it made beside its result is no longer needed then. */
  scope(body: () => V): V;
}

/** Names of tensors, as Real-ESRGAN has them. */
type Names = Iterable<string>;

/** ESRGAN's generator at scale 4. */
export function rrdbNet<V>(l: Layers<V>, picture: V, names: Names): V {
  const first = l.conv(picture, "conv_first");
  let y = l.scaledAdd(l.conv(trunk(l, first, names, "leaky-relu"), "conv_body"), 1, first);
  y = l.conv(l.upsampleNearest2(y), "conv_up1", "leaky-relu");
  y = l.conv(l.upsampleNearest2(y), "conv_up2", "leaky-relu");
  return l.conv(l.conv(y, "conv_hr", "leaky-relu"), "conv_last");
}

/** idealo's RRDN at scale 4. */
export function rrdn<V>(l: Layers<V>, picture: V, names: Names): V {
  const first = l.conv(picture, "conv_first");
  const y = l.scaledAdd(l.conv(trunk(l, first, names, "relu"), "conv_body"), 1, first);
  return l.conv(l.pixelShuffle(l.conv(y, "conv_shuffle"), 4), "conv_last");
}

/** The network whose tensors have these names. */
export function networkOf(names: Names): typeof rrdbNet {
  return [...names].includes("conv_shuffle.weight") ? rrdn : rrdbNet;
}

function trunk<V>(l: Layers<V>, first: V, names: Names, activation: "relu" | "leaky-relu"): V {
  const blocks = new Set([...names].map((name) => /^body\.(\d+)\./.exec(name)?.[1]).filter(Boolean)).size;
  let y = first;
  for (let n = 0; n < blocks; n++) {
    const x = y;
    y = l.scope(() => {
      let inner = x;
      for (let k = 1; k <= 3; k++) inner = denseBlock(l, inner, `body.${n}.rdb${k}`, activation);
      return l.scaledAdd(inner, 0.2, x);
    });
  }
  return y;
}

function denseBlock<V>(l: Layers<V>, x: V, id: string, activation: "relu" | "leaky-relu"): V {
  return l.scope(() => {
    const growth: V[] = [];
    for (let j = 1; j <= 4; j++) growth.push(l.conv(concat(l, [x, ...growth]), `${id}.conv${j}`, activation));
    return l.scaledAdd(l.conv(concat(l, [x, ...growth]), `${id}.conv5`), 0.2, x);
  });
}

function concat<V>(l: Layers<V>, values: readonly V[]): V {
  return values.length === 1 ? values[0]! : l.concat(values);
}
