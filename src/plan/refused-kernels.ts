// Owns which kernels a device has refused or computed wrongly, and what plans say of it. Pure.

import type { ConvForm, ConvVariant } from "../ops/conv2d.kernels.js";
import type { Storage } from "../shaders/kernel.js";

/** A convolution's kernel as it is refused and checked: by what it computes, and in which storage. */
export interface ConvKernel {
  readonly variant: ConvVariant;
  readonly form: ConvForm;
  readonly storage: Storage;
}

export interface RefusedKernel extends ConvKernel {
  /** What happened, in half a sentence that names the kernel. */
  readonly why: string;
}

/** The same for equal kernels. */
export function kernelKey({ variant, form, storage }: ConvKernel): string {
  const { kernel, upsample, shuffle } = form;
  return JSON.stringify([variant, kernel, upsample, shuffle, storage]);
}

/** The refused kernels of a device. */
export class RefusedKernels {
  readonly #byKey = new Map<string, RefusedKernel>();

  has(kernel: ConvKernel): boolean {
    return this.#byKey.has(kernelKey(kernel));
  }

  add(kernel: RefusedKernel): void {
    this.#byKey.set(kernelKey(kernel), kernel);
  }

  /** What happened to those of one storage, each once. */
  reasons(storage: Storage): string[] {
    const refused = [...this.#byKey.values()].filter((kernel) => kernel.storage === storage);
    return [...new Set(refused.map(({ why }) => why))];
  }
}
