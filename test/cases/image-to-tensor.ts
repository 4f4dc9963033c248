// Owns the cases of image-to-tensor.

import type { ImageToTensorAttributes } from "../../src/ops/image-to-tensor.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { FLOAT32_TOLERANCE } from "./case.js";
import { seededRandom } from "./random.js";

type Size = readonly [width: number, height: number];

export interface ImageToTensorCase {
  readonly name: string;
  readonly seed: number;
  readonly picture: Pick<Pixels, "width" | "height" | "channels" | "bits">;
  readonly attributes: ImageToTensorAttributes;
  /** Relative to the value, which is at most 1. */
  readonly tolerance: number;
  build(): Pixels;
}

const specs: readonly {
  readonly from: Pixels["channels"];
  readonly to: 1 | 3;
  readonly bits: 8 | 16;
  readonly size: Size;
  readonly padded: Size;
}[] = [
  ...([1, 2, 3, 4] as const).flatMap((from) =>
    ([1, 3] as const).flatMap((to) =>
      ([8, 16] as const).map((bits) => ({ from, to, bits, size: [5, 4] as const, padded: [5, 4] as const })),
    ),
  ),
  // The picture, and the size it is padded to: by one, to a tile, as far as reflection goes, and beyond it on one axis and on both.
  ...(
    [
      [
        [1, 1],
        [1, 1],
      ],
      [
        [1, 1],
        [4, 4],
      ],
      [
        [1, 7],
        [2, 8],
      ],
      [
        [7, 1],
        [8, 2],
      ],
      [
        [2, 2],
        [3, 3],
      ],
      [
        [2, 2],
        [4, 4],
      ],
      [
        [5, 3],
        [8, 4],
      ],
      [
        [5, 3],
        [9, 5],
      ],
      [
        [5, 3],
        [10, 5],
      ],
      [
        [5, 3],
        [9, 6],
      ],
      [
        [5, 3],
        [20, 20],
      ],
      [
        [31, 15],
        [32, 16],
      ],
      [
        [33, 17],
        [36, 20],
      ],
    ] as const
  ).map(([size, padded]) => ({ from: 4 as const, to: 3 as const, bits: 8 as const, size, padded })),
];

export const imageToTensorCases: readonly ImageToTensorCase[] = specs.map(({ from, to, bits, size, padded }, index) => {
  const [width, height] = size;
  const seed = 10000 + index;
  return {
    name: `${from} channels of ${bits} bits ${size.join("x")} to ${to} channels ${padded.join("x")}`,
    seed,
    picture: { width, height, channels: from, bits },
    attributes: { channels: to, width: padded[0], height: padded[1] },
    tolerance: FLOAT32_TOLERANCE,
    build() {
      const random = seededRandom(seed);
      const data = bits === 8 ? new Uint8Array(width * height * from) : new Uint16Array(width * height * from);
      for (let i = 0; i < data.length; i++) data[i] = random() >>> (32 - bits);
      return { data, width, height, channels: from, bits };
    },
  };
});
