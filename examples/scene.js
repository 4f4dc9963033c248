// A moving picture without an engine: a striped disc before a gradient, drawn by a fragment shader.

const SHADER = /* wgsl */ `
@group(0) @binding(0) var<uniform> seconds: f32;

@vertex
fn cover(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
  let corner = vec2f(f32(index & 1u), f32(index >> 1u));
  return vec4f(corner * 4.0 - 1.0, 0.0, 1.0);
}

@fragment
fn paint(@builtin(position) at: vec4f) -> @location(0) vec4f {
  let place = at.xy / 32.0 - vec2f(0.75 + 0.2 * sin(seconds), 0.5);
  let stripe = step(0.0, sin(24.0 * place.x + 16.0 * place.y + seconds));
  let disc = mix(vec3f(0.9, 0.5, 0.2), vec3f(1.0, 0.9, 0.6), stripe);
  return vec4f(select(vec3f(0.1, 0.2 + 0.3 * at.y / 32.0, 0.5), disc, length(place) < 0.4), 1.0);
}`;

/** Gives what records one pass into an encoder, which fills a texture by a shader's `cover` and `paint` and so many numbers of a uniform. */
export function createPainter(device, format, code, floats) {
  const module = device.createShaderModule({ label: "scene", code });
  const pipeline = device.createRenderPipeline({
    label: "scene",
    layout: "auto",
    vertex: { module },
    fragment: { module, targets: [{ format }] },
  });
  const uniform = device.createBuffer({ size: 4 * floats, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  const layout = pipeline.getBindGroupLayout(0);
  const group = device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer: uniform } }] });
  return (encoder, texture, values) => {
    device.queue.writeBuffer(uniform, 0, new Float32Array(values));
    const target = { view: texture.createView(), loadOp: "clear", storeOp: "store" };
    const pass = encoder.beginRenderPass({ colorAttachments: [target] });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.draw(3);
    pass.end();
  };
}

/** Draws the scene at a time; `draw` records one pass into the encoder. */
export function createScene(device, format) {
  const paint = createPainter(device, format, SHADER, 1);
  return { draw: (encoder, texture, ms) => paint(encoder, texture, [ms / 1000]) };
}
