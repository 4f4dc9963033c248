// A process of its own under a compiler without a GPU (compiler.ts starts it): makes the pipeline of every
// variant of every convolution from number `first` on, and says on standard error which one the compiler's
// output is of. Owns which kernels there are. One that takes too long ends the process.

import { writeSync } from "node:fs";
import { create } from "webgpu";
import { capabilitiesOf, deviceRequirements } from "../../src/gpu/capabilities.js";
import { compilePipeline } from "../../src/gpu/pipeline-cache.js";
import type { FusedConv } from "../../src/graph/fuse.js";
import {
  type ConvForm,
  type ConvVariant,
  convOutBlocks,
  packingOf,
  supports,
  tilingOf,
} from "../../src/ops/conv2d.kernels.js";
import { channelBlocks, roundUp } from "../../src/ops/plane.js";
import type { DeviceCapabilities } from "../../src/plan/capabilities.js";
import { CONV_RULES, canRun, chooseConv, variantsOf } from "../../src/plan/choose-kernel.js";
import { candidates } from "../../src/plan/tuning.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { MATRIX_VARIANTS } from "../../test/cases/matrix-variants.js";
import { hasAllWords } from "../harness/session.js";
import { ALL_CONVS, type Subject } from "../harness/subjects.js";
import { type PlannedTarget, planTarget } from "../harness/target.js";
import { type KernelName, sectionEnd, sectionStart } from "./section.js";

// Any: the code is the same for all.
const SIZE = { width: 64, height: 64 };

/**
 * Which variants: the library's choice, what tune() would try too, all that any device gets, those that none gets yet, or
 * these in JSON.
 */
export type Scope = "defaults" | "candidates" | "all" | "experiments" | `[${string}]`;

interface Kernel {
  readonly name: KernelName;
  readonly planned: PlannedTarget;
}

/** Every kernel of the convolutions once; the default ones are the library's choice at some size of picture. */
function* kernels(device: DeviceCapabilities, scope: Scope): Generator<Kernel> {
  // With shader-f16, packed halves are nobody's choice.
  const storages: readonly Storage[] = ["f32", device.shaderF16 ? "f16" : "packed-f16"];
  for (const subject of ALL_CONVS) {
    const form = subject.form!;
    for (const storage of storages) {
      const chosen = [0, Number.POSITIVE_INFINITY].map((flops) => chooseConv(device, form, storage, flops));
      const variants = [...chosen, ...othersOf(scope, device, form, storage)];
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

function othersOf(scope: Scope, device: DeviceCapabilities, form: ConvForm, storage: Storage): readonly ConvVariant[] {
  if (scope === "defaults") return [];
  if (scope === "candidates") return [{ kind: "plain" }, ...candidates(device, form, storage)];
  return listed(scope).filter((variant) => canRun(variant, device) && supports(variant, form, storage));
}

function listed(scope: Exclude<Scope, "defaults" | "candidates">): readonly ConvVariant[] {
  if (scope === "all") return variantsOf(CONV_RULES);
  return scope === "experiments" ? MATRIX_VARIANTS : (JSON.parse(scope) as ConvVariant[]);
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
  const [outChannels, inChannels] = node.weight.shape as [number, number];
  const outBlocks = convOutBlocks(outChannels, form.shuffle);
  const { transform, groupBlocks, matrix } = packingOf(variant, form, outBlocks);
  // Of one channel block of the input, for all pixels and output channels of an invocation; looped kernels do a row at a time.
  const { pixelsX, pixelsY } = tilingOf(variant, outBlocks);
  const isMatrix = variant.kind === "subgroup-matrix";
  const isLooped = planned.variant.includes("looped") || isMatrix;
  // A subgroup counts as one invocation there.
  const lanes = isMatrix ? variant.subgroup : 1;
  const outputShare = matrix ? filledShare(groupBlocks * 4, matrix.outputs) : 1;
  const side = { none: form.kernel, fold2: 2, winograd: 2 }[transform];
  const taps = side * (isLooped ? 1 : side);
  const inBlocks = channelBlocks(inChannels);
  // The direct kernel leaves padding out where it is all of a block's: of its input, or all but one channel of the result.
  const trims = variant.kind === "direct";
  const inputLanes = trims && inBlocks === 1 ? inChannels : 4;
  const outputLanes = trims && outChannels === 1 ? 1 : (groupBlocks * 4) / outputShare;
  const bodyMacs = (pixelsX * pixelsY * outputLanes * inputLanes * (variant.kind === "plain" ? 1 : taps)) / lanes;
  return {
    shape: subject.shape,
    storage,
    variant: planned.variant,
    isDefault,
    bodyMacs,
    // Winograd does 16 multiplications for the 36 of 2x2 pixels, a folded upsampling 4 for 9; matrices also those with zeros.
    directMacs: matrix ? filledShare(inChannels, matrix.inputs) * outputShare : transform === "none" ? 1 : 36 / 16,
    usefulShare: usefulShare(node) / ((inputLanes / 4) * (outChannels === 1 && trims ? 1 / 4 : 1)),
    trips: inBlocks * (side ** 2 / taps),
    tripsAround:
      Math.ceil(inBlocks / stepOf(planned, "c")) * Math.ceil(form.kernel / stepOf(planned, "k", form.kernel)),
  };
}

/** By how much the loop over `counter` goes on: sums in halves are of so many channel blocks or kernel rows. */
function stepOf({ code }: PlannedTarget, counter: string, otherwise = 1): number {
  const step = new RegExp(`; ${counter} \\+= (\\d+)u\\)`).exec(code)?.[1];
  return step === undefined ? otherwise : Number(step);
}

/** How many of the weights, in whole channel blocks, are none of padding. */
function usefulShare({ weight, shuffle }: FusedConv): number {
  const [outChannels, inChannels, kernel] = weight.shape as [number, number, number];
  const all = convOutBlocks(outChannels, shuffle.factor) * channelBlocks(inChannels) * 16 * kernel ** 2;
  return weight.floats().filter((value) => value !== 0).length / all;
}

/** How much of the matrices so many channels fill, in whole blocks. */
function filledShare(channels: number, side: number): number {
  const filled = channelBlocks(channels) * 4;
  return filled / roundUp(filled, side);
}

const say = (line: string) => writeSync(2, `${line}\n`);

const [filter = "", scope = "candidates", first = "0", limitMs = "60000"] = process.argv.slice(2);
const wantsMatrices = /experiments|subgroup-matrix/.test(scope);
const dawnFeatures = [process.env.ISA_DAWN, ...(wantsMatrices ? ["allow_unsafe_apis"] : [])].filter(Boolean).join(",");
// By hand: the library opens only devices that it has seen compute.
const gpu = create(["backend=vulkan", ...(dawnFeatures ? [`enable-dawn-features=${dawnFeatures}`] : [])]);
const adapter = await gpu.requestAdapter();
if (!adapter) throw new Error("Dawn finds no adapter on this driver");
const { requiredFeatures, requiredLimits } = deviceRequirements(adapter);
const matrices = ["chromium-experimental-subgroup-matrix" as GPUFeatureName].filter((name) =>
  adapter.features.has(name),
);
const device = await adapter.requestDevice({ requiredFeatures: [...requiredFeatures, ...matrices], requiredLimits });
const kept = [gpu, adapter, device]; // what is collected while in use crashes the process
const capabilities = capabilitiesOf(device, adapter.info);
say(`DEVICE ${JSON.stringify(capabilities)}`);
let number = 0;
for (const { name, planned } of kernels(capabilities, scope as Scope)) {
  const id = `${name.shape} ${name.variant} ${name.storage}`.toLowerCase();
  if (!hasAllWords(id, filter) || number++ < Number(first)) continue;
  const pipeline = planned.plan.pipelines[planned.dispatches[0]!.pipeline]!;
  say(sectionStart(name));
  const start = performance.now();
  const elapsed = () => Math.round(performance.now() - start);
  const limit = setTimeout(() => {
    say(sectionEnd({ ms: elapsed(), refused: `it takes longer than ${Number(limitMs) / 1000} s to compile` }));
    process.exit(1);
  }, Number(limitMs));
  // Some shapes share their code, and what was compiled once is not compiled again: the name tells them apart.
  const refused = await compilePipeline(device, { ...pipeline, code: `// ${id}\n${pipeline.code}` }).then(
    () => undefined,
    (error: Error) => error.message.split("\n")[0]!,
  );
  clearTimeout(limit);
  say(sectionEnd({ ms: elapsed(), ...(refused === undefined ? {} : { refused }) }));
}
process.exit(kept.length > 0 ? 0 : 1); // at once: there is nothing to take down properly
