// Counts what is made on a device, buffers and textures, for tests. Owns the interposing alone; works in a page too.

export interface MemoryCount {
  /** Of the buffers and textures that were made since and not destroyed. */
  readonly liveBytes: () => number;
  /** Their labels. */
  readonly live: () => string[];
  /** The most that was live at once. */
  readonly peakBytes: () => number;
  readonly maps: () => number;
  /** The device is as it was before. */
  readonly stop: () => void;
}

const TEXEL_BYTES: { readonly [format: string]: number } = { rgba16float: 8, rgba32float: 16 };

/** Counts from now on what goes through `device`; what is labelled "mine" is the test's. */
export function countMemory(device: GPUDevice): MemoryCount {
  const live = new Map<GPUBuffer | GPUTexture, number>();
  let bytes = 0;
  let peak = 0;
  let maps = 0;
  const track = (made: GPUBuffer | GPUTexture, byteLength: number) => {
    const destroy = made.destroy.bind(made);
    (made as { destroy(): void }).destroy = () => {
      bytes -= live.get(made) ?? 0;
      live.delete(made);
      return destroy();
    };
    live.set(made, byteLength);
    bytes += byteLength;
    peak = Math.max(peak, bytes);
  };
  const createBuffer = device.createBuffer.bind(device);
  const createTexture = device.createTexture.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    const mapAsync = buffer.mapAsync.bind(buffer);
    buffer.mapAsync = (...args) => {
      maps++;
      return mapAsync(...args);
    };
    track(buffer, descriptor.size);
    return buffer;
  };
  device.createTexture = (descriptor) => {
    const texture = createTexture(descriptor);
    const { width, height, depthOrArrayLayers, format } = texture;
    if (descriptor.label !== "mine") track(texture, width * height * depthOrArrayLayers * (TEXEL_BYTES[format] ?? 4));
    return texture;
  };
  return {
    liveBytes: () => bytes,
    live: () => [...live.keys()].map(({ label }) => label),
    peakBytes: () => peak,
    maps: () => maps,
    stop: () => {
      // What was assigned hides the methods of the class.
      const counted = device as Partial<Pick<GPUDevice, "createBuffer" | "createTexture">>;
      delete counted.createBuffer;
      delete counted.createTexture;
    },
  };
}
