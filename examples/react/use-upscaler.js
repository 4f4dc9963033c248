// A hook that owns an Upscaler in a worker for as long as its component is mounted.
import { createWorkerUpscaler } from "esrgan-webgpu/worker";
import { useEffect, useState } from "react";

// Photos take minutes where there is no GPU; leave it out to be told instead.
const OPTIONS = { allowSoftware: true };

/**
 * @param {string} model by name or URL
 * @param {(error: Error) => void} onError
 * @returns {import("esrgan-webgpu/worker").WorkerUpscaler | undefined} undefined until it is ready
 */
export function useUpscaler(model, onError) {
  const [upscaler, setUpscaler] = useState();
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const making = createWorkerUpscaler({ ...OPTIONS, model, load: { signal } });
    making.then(
      (made) => signal.aborted || setUpscaler(made),
      (error) => signal.aborted || onError(error),
    );
    return () => {
      controller.abort();
      setUpscaler(undefined);
      making.then(
        (made) => made.destroy(),
        () => {},
      );
    };
  }, [model, onError]);
  return upscaler;
}
