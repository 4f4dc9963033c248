// Owns taking the frames of a merge when the call is made, within its memory budget.

import { EsrganError } from "../errors.js";
import { rowPitch } from "../gpu/buffers.js";
import { chosenTexture, type TextureSlice } from "../gpu/texture-checks.js";
import { textureBytes } from "../job/route.js";
import { type TakenSource, takeSource } from "../job/taken-source.js";
import { type ImageSource, sourceKind } from "../picture/source.js";
import { readableFormat } from "../plan/texture-forms.js";
import { SNAPSHOT_SHARE } from "../taken-call.js";

/** @throws EsrganError "bad-input" for a frame that cannot be read, and textures whose copies pass the budget, before any is made */
export function takeFrames(
  device: GPUDevice,
  frames: readonly ImageSource[],
  { signal, memoryBudget }: { readonly signal: AbortSignal | undefined; readonly memoryBudget: number },
): TakenSource[] {
  requireCopiesFit(frames, memoryBudget);
  const gpuBytes = (memoryBudget * SNAPSHOT_SHARE) / frames.length;
  const taken: TakenSource[] = [];
  try {
    for (const frame of frames) taken.push(takeSource(device, frame, { signal, gpuBytes }));
    return taken;
  } catch (error) {
    for (const source of taken) source.release();
    throw error;
  }
}

/** What a texture shows may change after the call, so all are copied at once; then they are read back one by one. */
function requireCopiesFit(frames: readonly ImageSource[], memoryBudget: number): void {
  const textures = Array.from(frames).filter((frame) => sourceKind(frame) === "texture") as TextureSlice[];
  let copies = 0;
  let readBack = 0;
  for (const slice of textures) {
    const { texture, width, height } = chosenTexture(slice, { name: "The texture", usage: "textureBinding" });
    const { copy } = readableFormat(texture.format);
    copies += textureBytes({ width, height }, copy);
    const pitch = rowPitch(width, textureBytes({ width: 1, height: 1 }, copy));
    readBack = Math.max(readBack, pitch * height);
  }
  const bytes = copies + readBack;
  if (bytes <= memoryBudget) return;
  throw new EsrganError(
    "bad-input",
    `Copies of ${textures.length} textures take ${bytes} bytes, the memory budget is ${memoryBudget}: give fewer frames, or their pixels`,
  );
}
