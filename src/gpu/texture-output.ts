// Owns the last step into a texture that kernels cannot store to: they store to one of ours, which is then copied or drawn.

import { EsrganError } from "../errors.js";
import type { Extent } from "../plan/picture-buffers.js";
import type { TextureStore } from "../plan/texture-forms.js";
import { NEVER } from "../weights/stop.js";
import { untilLost } from "./device-loss.js";
import { TEXTURE_USAGE, verdict } from "./external-image.js";
import { type ChosenTexture, viewOf, wholeOf } from "./texture-checks.js";
import { createTextures } from "./textures.js";

// GPUShaderStage; the constants are not global everywhere (Node).
const FRAGMENT = 2;
const COMPUTE = 4;

/** What the caller's texture must have been made with. */
export const OUTPUT_USAGE = {
  storage: "storageBinding",
  copy: "copyDst",
  render: "renderAttachment",
} as const satisfies { readonly [U in TextureStore["usage"]]: keyof typeof TEXTURE_USAGE };

const DRAW_WGSL = /* wgsl */ `
@group(0) @binding(0) var stored: texture_2d<f32>;

@vertex
fn cover(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
  // One triangle that covers all.
  return vec4f(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0, 0, 1);
}

@fragment
fn copied(@builtin(position) at: vec4f) -> @location(0) vec4f {
  return textureLoad(stored, vec2u(at.xy), 0);
}`;

export class TextureOutput {
  private constructor(
    private readonly store: TextureStore,
    private readonly size: Extent,
    /** What kernels store to in the place of the caller's texture. */
    private readonly stored: GPUTexture | undefined,
    /** What is drawn into before it is copied. */
    private readonly drawn: GPUTexture | undefined,
    private readonly draw: { readonly pipeline: GPURenderPipeline; readonly group: GPUBindGroup } | undefined,
  ) {}

  /** @throws EsrganError "out-of-memory", "device-lost"; what stops it */
  static async create(device: GPUDevice, store: TextureStore, size: Extent, stop = NEVER): Promise<TextureOutput> {
    const { finish, form } = store;
    if (finish === "none") return new TextureOutput(store, size, undefined, undefined, undefined);
    const isDrawn = finish === "draw" || finish === "draw-and-copy";
    const { copySrc, textureBinding, storageBinding, renderAttachment } = TEXTURE_USAGE;
    const pipeline = isDrawn ? await stop.until(drawPipeline(device)) : undefined;
    const request = { label: "esrgan-webgpu stored", width: size.width, height: size.height };
    const [stored, drawn] = await createTextures(device, [
      { ...request, format: form.format, usage: storageBinding | textureBinding | copySrc },
      ...(finish === "draw-and-copy"
        ? [{ ...request, format: "bgra8unorm", usage: renderAttachment | copySrc } as const]
        : []),
    ]);
    const group =
      pipeline &&
      device.createBindGroup({
        label: "esrgan-webgpu draw",
        layout: pipeline.getBindGroupLayout(0),
        entries: [{ binding: 0, resource: stored!.createView() }],
      });
    return new TextureOutput(store, size, stored, drawn, pipeline && group && { pipeline, group });
  }

  /** What kernels store to so that it ends in `output`. */
  storedFor(output: ChosenTexture): ChosenTexture {
    return this.stored ? wholeOf(this.stored) : output;
  }

  /** A view of that. */
  view(output: ChosenTexture): GPUTextureView {
    return viewOf(this.storedFor(output));
  }

  /** Records what brings the stored texels into `output`. */
  record(encoder: GPUCommandEncoder, output: ChosenTexture): void {
    if (!this.stored) return;
    if (this.draw) {
      const pass = encoder.beginRenderPass({
        label: "esrgan-webgpu draw",
        colorAttachments: [
          { view: this.drawn ? this.drawn.createView() : viewOf(output), loadOp: "clear", storeOp: "store" },
        ],
      });
      pass.setPipeline(this.draw.pipeline);
      pass.setBindGroup(0, this.draw.group);
      pass.draw(3);
      pass.end();
    }
    if (this.store.usage !== "copy") return;
    const { texture, mipLevel, arrayLayer } = output;
    encoder.copyTextureToTexture(
      { texture: this.drawn ?? this.stored },
      { texture, mipLevel, origin: [0, 0, arrayLayer] },
      [this.size.width, this.size.height],
    );
  }

  destroy(): void {
    this.stored?.destroy();
    this.drawn?.destroy();
  }
}

/**
 * Asks the device whether a caller's texture can be written: that it was destroyed, or is another device's, cannot be seen.
 * Writes nothing.
 * @throws EsrganError "bad-input", "device-lost"
 */
export async function requireWritable(
  device: GPUDevice,
  { usage, form }: TextureStore,
  to: ChosenTexture,
): Promise<void> {
  const label = "esrgan-webgpu look";
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  const encoder = device.createCommandEncoder({ label });
  if (usage === "copy") {
    const { texture, mipLevel, arrayLayer } = to;
    const place = { texture, mipLevel, origin: [0, 0, arrayLayer] };
    device.queue.writeTexture(place, new Uint8Array(0), {}, [0, 0]);
  } else if (usage === "render") {
    encoder.beginRenderPass({ colorAttachments: [{ view: viewOf(to), loadOp: "load", storeOp: "store" }] }).end();
  } else {
    const storageTexture = { access: "write-only", format: form.format } as const;
    const layout = device.createBindGroupLayout({
      label,
      entries: [{ binding: 0, visibility: COMPUTE, storageTexture }],
    });
    const pass = encoder.beginComputePass({ label });
    const entries = [{ binding: 0, resource: viewOf(to) }];
    pass.setBindGroup(0, device.createBindGroup({ label, layout, entries }));
    pass.end();
  }
  device.queue.submit([encoder.finish()]);
  await verdict(device, "The output texture");
}

async function drawPipeline(device: GPUDevice): Promise<GPURenderPipeline> {
  try {
    return await untilLost(device, compileDrawing(device));
  } catch (cause) {
    if (cause instanceof EsrganError) throw cause;
    const why = (cause as Error).message;
    throw new EsrganError("internal", `The device refused the drawing of an output: ${why}`, { cause });
  }
}

function compileDrawing(device: GPUDevice): Promise<GPURenderPipeline> {
  const label = "esrgan-webgpu draw";
  const module = device.createShaderModule({ label, code: DRAW_WGSL });
  const layout = device.createBindGroupLayout({
    label,
    entries: [{ binding: 0, visibility: FRAGMENT, texture: { sampleType: "unfilterable-float" } }],
  });
  return device.createRenderPipelineAsync({
    label,
    layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
    vertex: { module, entryPoint: "cover" },
    fragment: { module, entryPoint: "copied", targets: [{ format: "bgra8unorm" }] },
  });
}
