// A canvas with an upscaled file, as in the README.
import { useEffect, useRef } from "react";

/** Shows `file` four times as large. Another file, or unmounting, stops what runs. */
export function Upscaled({ upscaler, file, onError }) {
  const canvas = useRef(null);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const show = (bitmap) => {
      if (signal.aborted) return bitmap.close();
      canvas.current.width = bitmap.width;
      canvas.current.height = bitmap.height;
      canvas.current.getContext("bitmaprenderer").transferFromImageBitmap(bitmap);
    };
    upscaler.upscale(file, { signal, output: "imageBitmap" }).then(show, (error) => signal.aborted || onError(error));
    return () => controller.abort(); // another file, or unmounting: stops within one submit
  }, [upscaler, file, onError]);
  return <canvas ref={canvas} />;
}
