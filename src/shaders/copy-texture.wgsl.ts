// Owns the copy of a texture into one of ours.

/** Copies a texture, texel by texel: -srgb texels as they are stored. Preamble: ENCODE. */
export const copyTextureWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (any(id.xy >= textureDimensions(picture))) { return; }
  var value = textureLoad(picture, id.xy, 0);
  if (ENCODE == 1u) { value = vec4f(floor(srgbEncoded(value.rgb) * 255.0 + 0.5) / 255.0, value.a); }
  textureStore(target_, id.xy, value);
}`;
