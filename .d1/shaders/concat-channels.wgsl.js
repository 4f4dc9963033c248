// Concatenation where placement cannot give it: copies one input to its channels of the output, which need not start at a
// whole block. One invocation writes one block of one pixel.
// Preamble: FIRST_CHANNEL (where the input goes), CHANNELS (of the input), OUT_CHANNELS.
export const concatChannelsWgsl = /* wgsl */ `
@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= planes.dst.width || id.y >= planes.dst.height) { return; }
  let outBlock = FIRST_CHANNEL / 4u + id.z;
  let at = blockIndex(outBlock, id.xy, planes.dst);
  var values = toFloats(dst[at]);
  for (var lane = 0u; lane < 4u; lane++) {
    let channel = outBlock * 4u + lane;
    // Lanes past the end are padding, which consumers multiply by zero weights: it must be finite.
    if (channel >= OUT_CHANNELS) { values[lane] = 0.0; }
    if (channel >= FIRST_CHANNEL && channel < FIRST_CHANNEL + CHANNELS) {
      let channelIn = channel - FIRST_CHANNEL;
      values[lane] = toFloats(source0[blockIndex(channelIn / 4u, id.xy, planes.src)])[channelIn % 4u];
    }
  }
  dst[at] = toBlock(values);
}`;
