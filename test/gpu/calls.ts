// Counts what is asked of a device, by interposing. Owns the counting alone; runs in pages too.

/** What recording must not do, each by the method's name, and bind groups. */
export type CallCounts = { readonly [name: string]: number };

export interface Calls {
  /** Since the last time. */
  readonly take: () => CallCounts;
  /** Buffers and textures that were made since the start and not destroyed. */
  readonly live: () => number;
  readonly liveBytes: () => number;
  readonly peakBytes: () => number;
  /** Throws in the place of buffer or texture number `count`, counted from now on and from 1, and of all after it. */
  readonly failFrom: (count: number, error: Error) => void;
  /** The device is as it was before. */
  readonly stop: () => void;
}

const OF_DEVICE = [
  "createBuffer",
  "createTexture",
  "createShaderModule",
  "createComputePipeline",
  "createComputePipelineAsync",
  "createRenderPipeline",
  "createRenderPipelineAsync",
  "createBindGroup",
] as const;
const OF_QUEUE = ["submit", "writeBuffer", "writeTexture"] as const;
const TEXEL_BYTES: { readonly [format: string]: number } = { rgba16float: 8, rgba32float: 16 };

type Method = (...args: unknown[]) => unknown;
type Methods = Record<string, Method | undefined>;

/** Counts from now on. */
export function countCalls(device: GPUDevice): Calls {
  let counts: Record<string, number> = {};
  const live = new Map<object, number>();
  let bytes = 0;
  let peak = 0;
  let failing: { left: number; readonly error: Error } | undefined;
  const methods = (target: object) => target as unknown as Methods;
  const interpose = (target: object, name: string, after: (made: unknown, given: unknown) => void = () => {}) => {
    const method = methods(target)[name]!.bind(target);
    methods(target)[name] = (...args) => {
      counts[name] = (counts[name] ?? 0) + 1;
      const isObject = name === "createBuffer" || name === "createTexture";
      if (isObject && failing && --failing.left <= 0) throw failing.error;
      const made = method(...args);
      after(made, args[0]);
      return made;
    };
  };
  const track = (made: unknown, byteLength: number) => {
    live.set(made as object, byteLength);
    bytes += byteLength;
    peak = Math.max(peak, bytes);
    interpose(made as object, "destroy", () => {
      bytes -= live.get(made as object) ?? 0;
      live.delete(made as object);
    });
  };
  for (const name of OF_DEVICE) {
    interpose(device, name, (made, given) => {
      if (name === "createBuffer") {
        interpose(made as object, "mapAsync");
        track(made, (given as GPUBufferDescriptor).size);
      } else if (name === "createTexture") {
        const { width, height, format } = made as GPUTexture;
        track(made, width * height * (TEXEL_BYTES[format] ?? 4));
      }
    });
  }
  for (const name of OF_QUEUE) interpose(device.queue, name);
  return {
    take() {
      const taken = counts;
      counts = {};
      delete taken.destroy;
      return taken;
    },
    live: () => live.size,
    liveBytes: () => bytes,
    peakBytes: () => peak,
    failFrom(count, error) {
      failing = { left: count, error };
    },
    stop() {
      // What was assigned hides the methods of the class.
      for (const name of OF_DEVICE) delete methods(device)[name];
      for (const name of OF_QUEUE) delete methods(device.queue)[name];
    },
  };
}
