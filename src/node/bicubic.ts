// Owns resizing pictures by a bicubic filter, for what no network for photos should touch. Pure.
import type { Pixels } from "../index.js";

/** The picture enlarged by Catmull-Rom; beyond its edges it repeats, or goes on with its last pixels. */
export function bicubic(source: Pixels, to: { width: number; height: number }, repeats: boolean): Pixels {
  const { channels, bits } = source;
  const across = taps(source.width, to.width, repeats);
  const down = taps(source.height, to.height, repeats);
  const most = bits === 16 ? 65535 : 255;
  const data = new (bits === 16 ? Uint16Array : Uint8Array)(to.width * to.height * channels);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    let sum = 0;
    for (const [y, weightY] of down[Math.floor(pixel / to.width)]!) {
      for (const [x, weightX] of across[pixel % to.width]!) {
        sum += weightX * weightY * source.data[(y * source.width + x) * channels + (i % channels)]!;
      }
    }
    data[i] = Math.round(Math.min(Math.max(sum, 0), most));
  }
  return { data, width: to.width, height: to.height, channels, bits };
}

/** Which pixels of a row each pixel of the result is made of, and by what they are multiplied. */
function taps(from: number, to: number, repeats: boolean): [at: number, weight: number][][] {
  return Array.from({ length: to }, (_, i) => {
    const center = ((i + 0.5) * from) / to - 0.5;
    const first = Math.floor(center) - 1;
    return [0, 1, 2, 3].map((tap): [number, number] => {
      const at = first + tap;
      const within = repeats ? ((at % from) + from) % from : Math.min(Math.max(at, 0), from - 1);
      return [within, catmullRom(Math.abs(center - at))];
    });
  });
}

function catmullRom(distance: number): number {
  if (distance < 1) return 1.5 * distance ** 3 - 2.5 * distance ** 2 + 1;
  if (distance < 2) return -0.5 * distance ** 3 + 2.5 * distance ** 2 - 4 * distance + 2;
  return 0;
}
