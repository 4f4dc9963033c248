// Counts what a page does to the GPU, by standing between it and WebGPU's prototypes: the same way for every library. Owns the counting;
// install it before any library asks for a device. What is never destroyed counts as held until the end.

/** The WebGPU classes of a realm, `globalThis` in a page. */
export interface WebGpuClasses {
  readonly GPUAdapter: { prototype: GPUAdapter };
  readonly GPUDevice: { prototype: GPUDevice };
  readonly GPUBuffer: { prototype: GPUBuffer };
  readonly GPUTexture: { prototype: GPUTexture };
  readonly GPUQueue: { prototype: GPUQueue };
  readonly GPUComputePassEncoder: { prototype: GPUComputePassEncoder };
}

export class Meter {
  dispatches = 0;
  submits = 0;
  pipelines = 0;
  /** Bytes of buffers and textures that were made and not destroyed. */
  liveBytes = 0;
  peakBytes = 0;
  /** WebGPU errors that no error scope caught, and lost devices. */
  readonly errors: string[] = [];
  readonly devices: GPUDevice[] = [];
  readonly #held = new WeakMap<object, number>();

  hold(resource: object, byteLength: number): void {
    this.#held.set(resource, byteLength);
    this.liveBytes += byteLength;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
  }

  release(resource: object): void {
    this.liveBytes -= this.#held.get(resource) ?? 0;
    this.#held.delete(resource);
  }

  watch(device: GPUDevice): void {
    this.devices.push(device);
    device.addEventListener("uncapturederror", (event) => this.errors.push(event.error.message));
    device.lost.then(({ reason, message }) => {
      if (reason !== "destroyed") this.errors.push(`The device was lost: ${message}`);
    });
  }

  /** The adapters that the page's devices are of, one name each. */
  get adapters(): string[] {
    return [...new Set(this.devices.map((device) => adapterName(device.adapterInfo)))];
  }
}

/** Starts counting in `classes`. */
export function installMeter(classes: WebGpuClasses): Meter {
  const meter = new Meter();
  after(classes.GPUAdapter.prototype, "requestDevice", (pending) => {
    pending.then(
      (device) => meter.watch(device),
      () => {}, // whoever asked hears of it
    );
  });
  after(classes.GPUDevice.prototype, "createBuffer", (buffer, { size }) => meter.hold(buffer, size));
  after(classes.GPUDevice.prototype, "createTexture", (texture) => meter.hold(texture, textureBytes(texture)));
  after(classes.GPUDevice.prototype, "createComputePipeline", () => meter.pipelines++);
  after(classes.GPUDevice.prototype, "createComputePipelineAsync", () => meter.pipelines++);
  after(classes.GPUBuffer.prototype, "destroy", function () {
    meter.release(this);
  });
  after(classes.GPUTexture.prototype, "destroy", function () {
    meter.release(this);
  });
  after(classes.GPUComputePassEncoder.prototype, "dispatchWorkgroups", () => meter.dispatches++);
  after(classes.GPUComputePassEncoder.prototype, "dispatchWorkgroupsIndirect", () => meter.dispatches++);
  after(classes.GPUQueue.prototype, "submit", () => meter.submits++);
  return meter;
}

type Method = (...args: never[]) => unknown;

/** Lets `then` see what the method gave, what it was given and on what, and changes nothing. */
function after<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  then: T[K] extends Method ? (this: T, result: ReturnType<T[K]>, ...args: Parameters<T[K]>) => unknown : never,
): void {
  const original = prototype[name] as (...args: unknown[]) => unknown;
  const watched = function (this: T, ...args: unknown[]) {
    const result = original.apply(this, args);
    Reflect.apply(then, this, [result, ...args]);
    return result;
  };
  Object.defineProperty(prototype, name, { value: watched, configurable: true, writable: true });
}

/** Of the formats that compute uses; the mip chain's third is left out, as no peer has one. */
function textureBytes({ width, height, depthOrArrayLayers, format }: GPUTexture): number {
  const [, channels, bits] = /^(rgba|bgra|rg|r)(8|16|32)/.exec(format) ?? [undefined, "rgba", "8"];
  return width * height * depthOrArrayLayers * channels.length * (Number(bits) / 8);
}

function adapterName({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  return [vendor, architecture, device, description].filter(Boolean).join(" ") || "an unnamed adapter";
}
