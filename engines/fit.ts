// Owns bringing a frame to the size that a pass was made for: by the nearest texel, which leaves one of that very size as it is.

const SHADER = /* wgsl */ `
@group(0) @binding(0) var frame: texture_2d<f32>;
@group(0) @binding(1) var<uniform> texelsAPixel: vec2f;

@vertex
fn cover(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
  let corner = vec2f(f32(index & 1u), f32(index >> 1u));
  return vec4f(corner * 4.0 - 1.0, 0.0, 1.0);
}

@fragment
fn fit(@builtin(position) at: vec4f) -> @location(0) vec4f {
  return textureLoad(frame, vec2u(at.xy * texelsAPixel), 0);
}`;

export interface FitOptions {
  readonly width: number;
  readonly height: number;
  readonly format: GPUTextureFormat;
}

/** A texture of one size that frames are drawn into. */
export class Fit {
  readonly #groups = new WeakMap<GPUTexture, GPUBindGroup>();
  #texelsAPixel = "";

  private constructor(
    private readonly device: GPUDevice,
    private readonly pipeline: GPURenderPipeline,
    private readonly texture: GPUTexture,
    private readonly view: GPUTextureView,
    private readonly uniform: GPUBuffer,
  ) {}

  static async create(device: GPUDevice, { width, height, format }: FitOptions): Promise<Fit> {
    const label = "esrgan-webgpu fit";
    const module = device.createShaderModule({ label, code: SHADER });
    const layout = device.createBindGroupLayout({
      label,
      entries: [
        { binding: 0, visibility: GPUShaderStage.FRAGMENT, texture: { sampleType: "unfilterable-float" } },
        { binding: 1, visibility: GPUShaderStage.FRAGMENT, buffer: {} },
      ],
    });
    const pipeline = await device.createRenderPipelineAsync({
      label,
      layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
      vertex: { module },
      fragment: { module, targets: [{ format }] },
    });
    const usage = GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.TEXTURE_BINDING;
    const texture = device.createTexture({ label, size: [width, height], format, usage });
    const uniform = device.createBuffer({ label, size: 8, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    return new Fit(device, pipeline, texture, texture.createView(), uniform);
  }

  /** Draws the upper left `width` x `height` texels of `frame`; gives the texture that holds them then. */
  draw(encoder: GPUCommandEncoder, frame: GPUTexture, width: number, height: number): GPUTexture {
    const texelsAPixel = [width / this.texture.width, height / this.texture.height];
    if (this.#texelsAPixel !== texelsAPixel.join()) {
      this.#texelsAPixel = texelsAPixel.join();
      this.device.queue.writeBuffer(this.uniform, 0, new Float32Array(texelsAPixel));
    }
    const target: GPURenderPassColorAttachment = { view: this.view, loadOp: "clear", storeOp: "store" };
    const pass = encoder.beginRenderPass({ label: "esrgan-webgpu fit", colorAttachments: [target] });
    pass.setPipeline(this.pipeline);
    pass.setBindGroup(0, this.#groupOf(frame));
    pass.draw(3);
    pass.end();
    return this.texture;
  }

  destroy(): void {
    this.texture.destroy();
    this.uniform.destroy();
  }

  #groupOf(frame: GPUTexture): GPUBindGroup {
    const found = this.#groups.get(frame);
    if (found) return found;
    const entries = [
      { binding: 0, resource: frame.createView() },
      { binding: 1, resource: { buffer: this.uniform } },
    ];
    const group = this.device.createBindGroup({
      label: "esrgan-webgpu fit",
      layout: this.pipeline.getBindGroupLayout(0),
      entries,
    });
    this.#groups.set(frame, group);
    return group;
  }
}
