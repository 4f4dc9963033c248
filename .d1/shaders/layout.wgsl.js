// Where a value of a tensor lies: planar blocks of four channels, [C/4][rows][pitch], each plane with a zero border. The
// same numbers come from ops/plane.ts.
export const layoutWgsl = /* wgsl */ `
struct Plane {
  width: u32,
  height: u32,
  pitch: u32,    // blocks from one row to the next
  size: u32,     // blocks from one channel block to the next
  origin: u32,   // blocks before pixel (0, 0): the border above and left of it
  aux0: u32,
  aux1: u32,
  aux2: u32,
}
struct Planes {
  dst: Plane,
  src: Plane,
  residual0: Plane,
  residual1: Plane,
  window: vec4u, // left, top, right and bottom of what storePixel keeps
}

fn blockIndex(channelBlock: u32, position: vec2u, plane: Plane) -> u32 {
  return channelBlock * plane.size + plane.origin + position.y * plane.pitch + position.x;
}`;
