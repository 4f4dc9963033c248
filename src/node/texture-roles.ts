// Owns what the images of a glTF document are for, and whether they repeat. Pure.
import type { GltfJson } from "./glb.js";

/** Colours; directions, three numbers of length 1; or numbers of which each channel has its own, such as roughness. */
export type TextureRole = "colour" | "normal" | "data";

export interface TextureUse {
  readonly role: TextureRole;
  /** It repeats across and down wherever it is used. */
  readonly repeats: boolean;
}

const COLOURS = /^(?:baseColor|emissive|diffuse|sheenColor|specularColor|diffuseTransmissionColor)Texture$/;
const NORMALS = /normalTexture$/i;
const REPEAT = 10497; // of WebGL, and what a sampler does that says nothing

/**
 * What each image is for that materials use, by its index. One with several roles gets the one that changes it least: what is both a colour
 * and data is data.
 */
export function textureUses(json: GltfJson): Map<number, TextureUse> {
  const uses = new Map<number, TextureUse>();
  for (const [name, index] of (json.materials ?? []).flatMap(texturesOf)) {
    const texture = json.textures?.[index];
    const role: TextureRole = NORMALS.test(name) ? "normal" : COLOURS.test(name) ? "colour" : "data";
    const { wrapS = REPEAT, wrapT = REPEAT } = json.samplers?.[texture?.sampler ?? -1] ?? {};
    const sources = [texture?.source, ...Object.values(texture?.extensions ?? {}).map(({ source }) => source)];
    for (const image of sources.filter((source) => source !== undefined)) {
      const before = uses.get(image);
      uses.set(image, {
        role: before && before.role !== role ? "data" : role,
        repeats: wrapS === REPEAT && wrapT === REPEAT && (before?.repeats ?? true),
      });
    }
  }
  return uses;
}

/** What a material calls its textures, extensions' included, and which they are. */
function texturesOf(part: unknown): [name: string, index: number][] {
  if (typeof part !== "object" || part === null) return [];
  return Object.entries(part).flatMap(([key, value]): [string, number][] => {
    const index = (value as { index?: unknown } | null)?.index;
    if (key.endsWith("Texture") && typeof index === "number") return [[key, index]];
    return texturesOf(value);
  });
}
