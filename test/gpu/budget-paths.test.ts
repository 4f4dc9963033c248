// What is live at most, and that plans say so, over many ways of a call and tight budgets: `npm run test:budgets`.

import { describe, expect, it } from "vitest";
import type { ImageSource } from "../../src/picture/source.js";
import type { ResultOptions, Upscaler } from "../../src/upscaler.js";
import { compactWeights, lumaWeights, modelOf } from "../cases/networks.js";
import { randomPicture } from "../cases/random.js";
import { opened } from "./counted-upscaler.js";
import { kept } from "./kept.js";
import { TEXTURE, textureOf } from "./textures.js";
import { MODEL } from "./upscalers.js";

/** A call as it is planned and made, from one kind of picture to another. */
interface Path extends ResultOptions {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  readonly bits?: 8 | 16;
  readonly from?: "pixels" | "texture";
  readonly to?: "pixels" | "strips" | "texture" | "blob";
}

const PATHS: readonly Path[] = [
  { width: 1, height: 1, channels: 3 },
  { width: 1, height: 1, channels: 4, alpha: "network" },
  { width: 70, height: 1, channels: 4 },
  { width: 37, height: 53, channels: 1, bits: 16 },
  { width: 53, height: 37, channels: 2 },
  { width: 48, height: 40, channels: 4, to: "strips" },
  { width: 48, height: 40, channels: 4, alpha: "ignore", to: "blob" },
  { width: 48, height: 40, channels: 4, bits: 16, alpha: "network" },
  { width: 48, height: 40, channels: 3, tta: true },
  { width: 20, height: 18, channels: 4, tta: true, alpha: "network" },
  { width: 48, height: 40, channels: 4, tileable: true },
  { width: 48, height: 40, channels: 4, tile: { size: 24, overlap: 4 } },
  { width: 64, height: 48, channels: 4, scale: 0.1 },
  { width: 64, height: 48, channels: 3, scale: 0.6, to: "strips" },
  { width: 51, height: 57, channels: 4, scale: 1.3, alpha: "network" },
  { width: 48, height: 40, channels: 4, scale: 1.7, tileable: true },
  { width: 24, height: 20, channels: 4, bits: 16, scale: 3.5 },
  { width: 12, height: 10, channels: 4, scale: 4, alpha: "network" },
  { width: 10, height: 8, channels: 1, scale: 5, tta: true },
  { width: 48, height: 40, channels: 4, from: "texture", to: "texture" },
  { width: 48, height: 40, channels: 4, from: "texture", to: "texture", alpha: "network" },
  { width: 48, height: 40, channels: 4, from: "texture", to: "texture", alpha: "ignore", scale: 1.5 },
  { width: 12, height: 10, channels: 4, from: "texture", to: "texture", scale: 4, tta: true },
  { width: 48, height: 40, channels: 4, from: "texture", to: "pixels" },
  { width: 48, height: 40, channels: 4, from: "texture", to: "strips", scale: 1.5, alpha: "network" },
];

/** Shares of what the call would like beside the weights. */
const SHARES = [0.02, 0.4, 2];

const TIGHT_MODELS = {
  "f32, a Compact of 2x": { model: MODEL, precision: "f32" },
  "f16, a Compact of 3x": { model: modelOf(compactWeights({ scale: 3, blocks: 1, features: 4 })), precision: "f16" },
  "f32, an SRCNN of 2x without padding": {
    model: modelOf(lumaWeights("srcnn", { metadata: { padding: "valid" } })),
    precision: "f32",
  },
} as const;

describe.each(Object.entries(TIGHT_MODELS))(
  "what is live is at most what was planned, and that the budget: %s",
  (_, options) => {
    // Of 9x9 taps the other paths take minutes.
    const isQuick = ({ tta, from, width }: Path) => !tta && (from === "texture" || width === 1 || width === 70);
    it.each(options.model.network.architecture === "srcnn" ? PATHS.filter(isQuick) : PATHS)("%j", async (path) => {
      const { width, height, channels, bits, from = "pixels", to = "pixels", ...asked } = path;
      const form = { ...asked, channels, bits, output: to === "texture" ? to : undefined };
      const free = await opened(options);
      const { weightBytes, peakBytes } = free.upscaler.plan(width, height, form);
      free.memory.stop();
      const pixels = randomPicture(width, height, channels, bits);
      const { binding } = TEXTURE;
      const source = from === "texture" ? kept(textureOf(free.device, pixels, "rgba8unorm", binding)) : pixels;
      let done = 0;
      for (const share of SHARES) {
        const memoryBudget = Math.ceil(weightBytes + (peakBytes - weightBytes) * share);
        const { upscaler, memory } = await opened({ ...options, memoryBudget });
        const call = run(upscaler, source, to, asked);
        let planned: number;
        try {
          planned = upscaler.plan(width, height, form).peakBytes;
        } catch (error) {
          await expect(call, `at ${share}`).rejects.toThrow((error as Error).message.replace(/\d.*/s, ""));
          memory.stop();
          continue;
        }
        const ofResult = await call;
        expect(planned, `at ${share}`).toBeLessThanOrEqual(memoryBudget);
        expect(memory.peakBytes() - ofResult, `at ${share}`).toBeLessThanOrEqual(planned);
        upscaler.destroy();
        memory.stop();
        done++;
      }
      expect(done).toBeGreaterThan(0);
    });
  },
);

/** Runs a call to its end, and says how many bytes on the GPU its result has, which are the caller's. */
async function run(
  upscaler: Upscaler,
  source: ImageSource,
  to: NonNullable<Path["to"]>,
  options: ResultOptions,
): Promise<number> {
  if (to === "strips") {
    for await (const { pixels } of upscaler.strips(source, options)) expect(pixels.width).toBeGreaterThan(0);
    return 0;
  }
  const result = await upscaler.upscale(source, { ...options, output: to });
  if (to !== "texture") return 0;
  const { width, height } = kept(result as GPUTexture);
  return width * height * 4;
}
