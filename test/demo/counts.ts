// What runs in a page and in a worker to count what they hold. Functions stand by themselves, since they are sent there as text.

/** Counts object URLs, and listeners at all but the buttons that each picture in the list has. */
export function countOnPage(): void {
  const counts = { urls: 0, listeners: 0 };
  Object.assign(globalThis, { counts });
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (object) => {
    counts.urls++;
    return createObjectURL.call(URL, object);
  };
  URL.revokeObjectURL = (url) => {
    counts.urls--;
    revokeObjectURL.call(URL, url);
  };
  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (...args: Parameters<typeof add>) {
    if (!(this instanceof HTMLButtonElement)) counts.listeners++;
    add.apply(this, args);
  };
  EventTarget.prototype.removeEventListener = function (...args: Parameters<typeof remove>) {
    if (!(this instanceof HTMLButtonElement)) counts.listeners--;
    remove.apply(this, args);
  };
}

/** Counts buffers and textures of the GPU that are made and not destroyed. */
export function countInWorker(): void {
  const counts = { made: 0, live: 0 };
  Object.assign(globalThis, { counts });
  for (const name of ["createBuffer", "createTexture"] as const) {
    const make = GPUDevice.prototype[name] as (this: GPUDevice, descriptor: object) => GPUBuffer | GPUTexture;
    Object.assign(GPUDevice.prototype, {
      [name](this: GPUDevice, descriptor: object) {
        const made = make.call(this, descriptor);
        const destroy = made.destroy.bind(made);
        let isLive = true;
        counts.made++;
        counts.live++;
        return Object.assign(made, {
          destroy() {
            if (isLive) counts.live--;
            isLive = false;
            destroy();
          },
        });
      },
    });
  }
}
