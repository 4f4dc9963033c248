// Owns the measurement of seams: by how much a picture in two tiles differs from the same in one piece, as the overlap grows.

import { join } from "node:path";
import { openDevice, readPicture } from "../../src/node/index.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { createUpscaler } from "../../src/upscaler.js";
import { checkout } from "./checkout.js";
import { markdownTable } from "./markdown.js";
import { bundledModel } from "./node-bench.js";

export interface SeamOptions {
  readonly adapter: string | undefined;
  /** Only models with this in their name. */
  readonly filter: string | undefined;
  readonly onStep: (what: string) => void;
}

const MODELS = ["general-x4v3", "anime-6b", "x4plus"];
const OVERLAPS = [8, 16, 24, 32, 48, 64];

// Two tiles with the largest overlap are still smaller than the whole.
const WIDTH = 160;
const HEIGHT = 48;

/** The table, in Markdown: the largest difference in levels of 255, and how many values of 10,000 differ at all. */
export async function measureSeams({ adapter, filter, onStep }: SeamOptions): Promise<string> {
  const opened = await openDevice(adapter === undefined ? {} : { adapter });
  const source = widened((await readPicture(join(checkout, "examples/photo.png"))).pixels);
  const names = MODELS.filter((name) => filter === undefined || name.includes(filter));
  const rows: string[][] = [];
  try {
    for (const name of names) {
      const upscaler = await createUpscaler(opened.device, {
        model: await bundledModel(name),
        precision: "f32",
        tuning: "off",
      });
      onStep(`${name} in one piece`);
      const whole = await upscaler.upscale(source);
      const cells: string[] = [];
      for (const overlap of OVERLAPS) {
        onStep(`${name}, overlap ${overlap}`);
        const tile = { size: WIDTH / 2 + overlap, overlap };
        if (upscaler.plan(WIDTH, HEIGHT, { tile }).tiles !== 2) throw new Error("The picture was not cut in two");
        cells.push(difference(await upscaler.upscale(source, { tile }), whole));
      }
      rows.push([name, ...cells]);
      upscaler.destroy();
    }
  } finally {
    opened.destroy();
  }
  return markdownTable(["model", ...OVERLAPS.map(String)], rows);
}

/** The middle of the picture, gone on beside itself in the mirror. */
function widened({ data, width, height, channels, bits }: Pixels): Pixels {
  const out = new Uint8Array(WIDTH * HEIGHT * channels);
  const top = (height - HEIGHT) >> 1;
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const from = ((top + y) * width + (x < width ? x : 2 * width - 1 - x)) * channels;
      out.set(data.subarray(from, from + channels), (y * WIDTH + x) * channels);
    }
  }
  return { data: out, width: WIDTH, height: HEIGHT, channels, bits };
}

function difference(a: Pixels, b: Pixels): string {
  let most = 0;
  let differing = 0;
  a.data.forEach((level: number, i: number) => {
    const by = Math.abs(level - b.data[i]!);
    most = Math.max(most, by);
    if (by > 0) differing++;
  });
  return `${most} (${((differing / a.data.length) * 10_000).toFixed(1)})`;
}
