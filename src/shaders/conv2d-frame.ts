// Owns where an invocation of a convolution kernel begins, and how its results are handed to the epilogue (conv2d.wgsl.ts). With
// folded upsampling both depend on the phase of the output pixels, of which there are four along z.

export interface ConvFrame {
  /** Text that declares `block0`, the first channel block. */
  readonly block0: string;
  /** The expression for the source block that the kernel's first tap meets at pixel (0, 0). */
  readonly origin: string;
  /** The statement that gives `value` to the epilogue; block and pixel are expressions and count from the invocation's first. */
  emit(block: string, x: string, y: string, value: string): string;
  /** The statement that gives it the values of a pixel, whose channel blocks have `slopes0`, `slopes1` and so on. */
  put(x: string, y: string, values: readonly string[]): string;
}

export function convFrame(shape: {
  readonly channelBlocks: number;
  readonly folded: boolean;
  /** Where weights are uniform, a dispatch has some of the groups: planes.dst.aux1 is the first. */
  readonly weightSpace: "storage" | "uniform";
  /** Source pixels that the kernel reads above and to the left of its own. */
  readonly reach: number;
}): ConvFrame {
  const { channelBlocks, folded, reach, weightSpace } = shape;
  const zGroup = weightSpace === "uniform" ? "(group.z + planes.dst.aux1)" : "group.z";
  const origin = `planes.src.origin - ${reach}u * pitch - ${reach}u`;
  const pixel = (x: string, y: string) =>
    folded ? `(x0 + ${x}) * 2u + phase.x, (y0 + ${y}) * 2u + phase.y` : `x0 + ${x}, y0 + ${y}`;
  const stores = {
    emit: (block: string, x: string, y: string, value: string) =>
      `  emit(block0 + ${block}, ${pixel(x, y)}, ${value});`,
    put: (x: string, y: string, values: readonly string[]) =>
      `  if (isInside(${pixel(x, y)})) {
${values.map((value, c) => `    put(block0 + ${c}u, slopes${c}, ${pixel(x, y)}, ${value});`).join("\n")}
  }`,
  };
  if (!folded) return { block0: `  let block0 = ${zGroup} * ${channelBlocks}u;`, origin, ...stores };
  return {
    block0: `  let block0 = ${zGroup} / 4u * ${channelBlocks}u;
  let phase = vec2u(group.z % 2u, group.z / 2u % 2u);`,
    // Phase (i, j) of a folded kernel reads rows y - 1 + i and y + i of the small picture.
    origin: `${origin} + phase.y * pitch + phase.x`,
    ...stores,
  };
}
