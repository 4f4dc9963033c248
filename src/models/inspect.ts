// Owns small questions about tensors that detection asks.

import { EsrganError } from "../errors.js";
import { printableName } from "../weights/printable-name.js";
import { refuseMissing, type TensorMap } from "../weights/tensor-map.js";

/** The shape of tensor `name`, which must have `rank` dimensions. */
export function shapeOf(map: TensorMap, name: string, rank: number): readonly number[] {
  const found = map.tensors.get(name);
  if (!found) refuseMissing(map, name);
  if (found.shape.length !== rank) {
    throw new EsrganError(
      "bad-weights",
      `Tensor ${name} has shape [${found.shape.join(",")}], expected ${rank} dimensions`,
    );
  }
  return found.shape;
}

/** How many of `name(0)`, `name(1)`, ... there are, counted from `first` until the first that is missing. */
export function countFrom(map: TensorMap, first: number, name: (index: number) => string): number {
  let count = 0;
  while (map.tensors.has(name(first + count))) count++;
  return count;
}

/** The channels that `conv1` takes: 1 of a network for luma, 3 of its like for red, green and blue. */
export function pictureChannelsOf(map: TensorMap): number | undefined {
  return map.tensors.get("conv1.weight")?.shape[1];
}

/** The convolutions `conv1`, `conv2`, ... of a network for luma, or for red, green and blue. */
export function numberedConvs(map: TensorMap): string[] {
  const channels = pictureChannelsOf(map);
  if (channels !== 1 && channels !== 3) return [];
  return Array.from({ length: countFrom(map, 1, (n) => `conv${n}.weight`) }, (_, index) => `conv${index + 1}`);
}

/** @throws EsrganError "bad-weights" naming tensors that the network has no place for */
export function refuseUnused(map: TensorMap, used: ReadonlySet<string>, network: string): void {
  const unused = [...map.tensors.keys()].filter((name) => !used.has(name));
  if (unused.length > 0) {
    throw new EsrganError(
      "unsupported-model",
      `The weights look like ${network} but hold ${unused.length} tensors it has no place for, such as ${printableName(unused[0]!)}`,
    );
  }
}

/** 1 or 3, or a refusal. */
export function pictureChannels(channels: number, name: string): 1 | 3 {
  if (channels !== 1 && channels !== 3) {
    throw new EsrganError("unsupported-model", `${name} gives pictures of ${channels} channels, expected 1 or 3`);
  }
  return channels;
}

const OUR_FORMAT = "esrgan-webgpu";

/** What the file states of its network, or its names imply. Others' metadata means nothing: a file of theirs names its format. */
export function stated({ metadata, implied }: TensorMap, name: string): string | undefined {
  const isOurs = (metadata.format ?? OUR_FORMAT) === OUR_FORMAT;
  return (isOurs ? metadata[name] : undefined) ?? implied?.[name];
}

/** `map` with facts in place of what its file states; of others' metadata nothing counts then either. */
export function withStated(map: TensorMap, facts: Readonly<Record<string, string>>): TensorMap {
  const before = (map.metadata.format ?? OUR_FORMAT) === OUR_FORMAT ? map.metadata : {};
  return { ...map, metadata: { ...before, ...facts } };
}

/** The metadata's whole number `name`, if there is one. */
export function metadataInteger(map: TensorMap, name: string): number | undefined {
  const text = stated(map, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^[0-9]{1,6}$/.test(text) || value < 1) {
    throw new EsrganError(
      "bad-weights",
      `The metadata says ${name} = "${printableName(text)}", expected a positive integer`,
    );
  }
  return value;
}

/** @throws EsrganError "bad-weights" where the metadata says another scale than `what` gives */
export function confirmScale(map: TensorMap, scale: number, what: string): void {
  const said = metadataInteger(map, "scale");
  if (said !== undefined && said !== scale) {
    throw new EsrganError("bad-weights", `The metadata says scale ${said}, ${what} gives ${scale}`);
  }
}

/** Of the convolution `conv`. @throws as shapeOf */
export function inChannels(map: TensorMap, conv: string): number {
  return shapeOf(map, `${conv}.weight`, 4)[1]!;
}

/** Of the convolution `conv`. @throws as shapeOf */
export function outChannels(map: TensorMap, conv: string): number {
  return shapeOf(map, `${conv}.weight`, 4)[0]!;
}

/**
 * The scale of a pixel shuffle that makes `channels` of what tensor `name`.weight gives.
 * @throws EsrganError "bad-weights" where it is not whole, or the metadata says another
 */
export function shuffledScale(map: TensorMap, name: string, channels: number): number {
  const shuffled = outChannels(map, name);
  const scale = Math.sqrt(shuffled / channels);
  if (!Number.isInteger(scale)) {
    throw new EsrganError(
      "bad-weights",
      `${name}.weight gives ${shuffled} channels, expected ${channels} times the square of a scale`,
    );
  }
  confirmScale(map, scale, `${name}.weight`);
  return scale;
}
