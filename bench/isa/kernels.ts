// A process of its own under AMD's compiler without a GPU (compiler.ts starts it): makes the pipeline of every variant of every
// convolution, and says on standard error which one the compiler's output is of. Owns which kernels there are.

import { writeSync } from "node:fs";
import { create } from "webgpu";
import { capabilitiesOf, deviceRequirements } from "../../src/gpu/capabilities.js";
import { compilePipeline } from "../../src/gpu/pipeline-cache.js";
import type { FusedConv } from "../../src/graph/fuse.js";
import { type ConvVariant, convOutBlocks, packingOf, tilingOf } from "../../src/ops/conv2d.kernels.js";
import type { DeviceCapabilities } from "../../src/plan/capabilities.js";
import { chooseConv } from "../../src/plan/choose-kernel.js";
import { candidates } from "../../src/plan/tuning.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { hasAllWords } from "../harness/session.js";
import { SUBJECTS, type Subject } from "../harness/subjects.js";
import { type PlannedTarget, planTarget } from "../harness/target.js";
import { type KernelName, sectionEnd, sectionStart } from "./section.js";

// With shader-f16, which every AMD GPU has, packed halves are nobody's choice.
const STORAGES: readonly Storage[] = ["f32", "f16"];

// Any: the code is the same for all.
const SIZE = { width: 64, height: 64 };

interface Kernel {
  readonly name: KernelName;
  readonly planned: PlannedTarget;
}

/** Every kernel of the convolutions once; the default ones are the library's choice at some size of picture. */
function* kernels(device: DeviceCapabilities): Generator<Kernel> {
  for (const subject of SUBJECTS) {
    const { form } = subject;
    if (!form) continue;
    for (const storage of STORAGES) {
      const chosen = [0, Number.POSITIVE_INFINITY].map((flops) => chooseConv(device, form, storage, flops));
      const variants: ConvVariant[] = [{ kind: "plain" }, ...candidates(device, form, storage)];
      const seen = new Set<string>();
      for (const variant of variants) {
        const planned = planTarget(subject, device, { ...SIZE, storage, variant });
        if (seen.has(planned.code)) continue;
        seen.add(planned.code);
        yield { name: nameOf(subject, planned, storage, { variant, isDefault: isAmong(chosen, variant) }), planned };
      }
    }
  }
}

function isAmong(variants: readonly ConvVariant[], variant: ConvVariant): boolean {
  return variants.some((each) => JSON.stringify(each) === JSON.stringify(variant));
}

function nameOf(
  subject: Subject,
  planned: PlannedTarget,
  storage: Storage,
  { variant, isDefault }: { readonly variant: ConvVariant; readonly isDefault: boolean },
): KernelName {
  const form = subject.form!;
  const node = planned.plan.memory.nodes.find(({ name }) => name === subject.node) as FusedConv;
  const { transform, groupBlocks } = packingOf(variant, form, convOutBlocks(node.weight.shape[0]!, form.shuffle));
  // Of one channel block of the input, for all pixels and output channels of an invocation; looped kernels do a row at a time.
  const { pixelsX, pixelsY } = tilingOf(variant);
  const isLooped = variant.kind === "direct" && variant.rows === "looped";
  const taps = { none: isLooped ? 3 : 9, fold2: isLooped ? 2 : 4, winograd: 16 / 4 }[transform];
  return {
    shape: subject.shape,
    storage,
    variant: planned.variant,
    isDefault,
    bodyMacs: pixelsX * pixelsY * groupBlocks * 4 * 4 * (variant.kind === "plain" ? 1 : taps),
    // Winograd does 16 multiplications for the 36 of 2x2 pixels, a folded upsampling 4 for 9.
    directMacs: transform === "none" ? 1 : 36 / 16,
  };
}

const say = (line: string) => writeSync(2, `${line}\n`);

const filter = process.argv[2] ?? "";
// By hand: the library opens only devices that it has seen compute.
const gpu = create(["backend=vulkan"]);
const adapter = await gpu.requestAdapter();
if (!adapter) throw new Error("Dawn finds no adapter on AMD's driver");
const device = await adapter.requestDevice(deviceRequirements(adapter));
const kept = [gpu, adapter, device]; // what is collected while in use crashes the process
for (const { name, planned } of kernels(capabilitiesOf(device))) {
  const id = `${name.shape} ${name.variant} ${name.storage}`.toLowerCase();
  if (!hasAllWords(id, filter)) continue;
  const pipeline = planned.plan.pipelines[planned.dispatches[0]!.pipeline]!;
  say(sectionStart(name));
  // Some shapes share their code, and what was compiled once is not compiled again: the name tells them apart.
  await compilePipeline(device, { ...pipeline, code: `// ${id}\n${pipeline.code}` });
  say(sectionEnd);
}
process.exit(kept.length > 0 ? 0 : 1); // at once: there is nothing to take down properly
