// Counts the buffers that are made on a device, for tests. Owns the interposing alone.

export interface BufferCount {
  /** Bytes of the buffers that were made since and not destroyed. */
  readonly liveBytes: () => number;
  readonly liveBuffers: () => number;
  readonly peakBytes: () => number;
  readonly made: () => number;
  /** The device is as it was before. */
  readonly stop: () => void;
}

/** Counts from now on what goes through `device.createBuffer`. */
export function countBuffers(device: GPUDevice): BufferCount {
  const live = new Map<GPUBuffer, number>();
  let bytes = 0;
  let peak = 0;
  let made = 0;
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      bytes -= live.get(buffer) ?? 0;
      live.delete(buffer);
      return destroy();
    };
    live.set(buffer, descriptor.size);
    bytes += descriptor.size;
    peak = Math.max(peak, bytes);
    made++;
    return buffer;
  };
  return {
    liveBytes: () => bytes,
    liveBuffers: () => live.size,
    peakBytes: () => peak,
    made: () => made,
    stop: () => {
      // What was assigned hides the method of the class.
      delete (device as Partial<GPUDevice>).createBuffer;
    },
  };
}
