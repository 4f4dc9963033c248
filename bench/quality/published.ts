// Owns the figures that papers and repositories state of the networks, each by the protocol it was measured with, and what is known of the
// files that they give.

import type { ProtocolName } from "./protocols.js";

export interface Published {
  readonly protocol: ProtocolName;
  /** PSNR in dB by set, or by set and picture: "Set14 comic". */
  readonly psnr: Readonly<Record<string, number>>;
  /** What the file leaves open. */
  readonly stated?: Readonly<Record<string, string>>;
}

/** By the model's name, or that of its file. */
const PUBLISHED: Readonly<Record<string, Published>> = {
  // As all papers of these years have it.
  "bicubic-x2": { protocol: "author", psnr: { Set5: 33.66, Set14: 30.24 } },
  "bicubic-x3": { protocol: "author", psnr: { Set5: 30.39, Set14: 27.54 } },
  "bicubic-x4": { protocol: "author", psnr: { Set5: 28.42, Set14: 26 } },
  // chxy95/SRCNN and chxy95/FSRCNN
  "srcnn-915-x3": { protocol: "author", psnr: { Set5: 32.44, Set14: 29.05 } },
  "fsrcnn-s-x3": { protocol: "author", psnr: { Set5: 32.52, Set14: 29.07 } },
  // yjn870/FSRCNN-pytorch
  "fsrcnn-x2": { protocol: "pillow", psnr: { Set5: 37.12 }, stated: fsrcnn(2) },
  "fsrcnn-x3": { protocol: "pillow", psnr: { Set5: 33.22 }, stated: fsrcnn(3) },
  "fsrcnn-x4": { protocol: "pillow", psnr: { Set5: 30.5 }, stated: fsrcnn(4) },
  // anujdutt9/ESPCN
  "espcn-x3": {
    protocol: "pillow",
    psnr: { "Set14 comic": 24.14, "Set14 face": 32.4, "Set14 zebra": 28.36, "Set14 flowers": 28.65 },
  },
  // twtygqyy/pytorch-vdsr
  "vdsr-x2": { protocol: "unrounded", psnr: { Set5: 37.65 } },
  "vdsr-x3": { protocol: "unrounded", psnr: { Set5: 33.77 } },
  "vdsr-x4": { protocol: "unrounded", psnr: { Set5: 31.45 } },
  // xinntao/ESRGAN
  "rrdb-psnr-x4": { protocol: "rgb", psnr: { Set5: 32.73, Set14: 28.99 } },
  // The papers of EDSR and RDN
  "edsr-x2": { protocol: "rgb", psnr: { Set5: 38.11, Set14: 33.92 } },
  "edsr-x3": { protocol: "rgb", psnr: { Set5: 34.65, Set14: 30.52 } },
  "edsr-x4": { protocol: "rgb", psnr: { Set5: 32.46, Set14: 28.8 } },
  "rdn-x2": { protocol: "rgb", psnr: { Set5: 38.24, Set14: 34.01 } },
  "rdn-x3": { protocol: "rgb", psnr: { Set5: 34.71, Set14: 30.57 } },
  "rdn-x4": { protocol: "rgb", psnr: { Set5: 32.47, Set14: 28.81 } },
};

function fsrcnn(scale: number): Readonly<Record<string, string>> {
  return { scale: `${scale}`, luma: "studio", padding: "zeros" };
}

/** What was published of the network in a file of that name; a checksum at its end, and what BasicSR adds, are left out. */
export function publishedOf(name: string): Published | undefined {
  const key = name
    .toLowerCase()
    .replaceAll("_", "-")
    .replace(/-[0-9a-f]{8}$/, "")
    .replace(/^edsr-l(x\d)-f256b32-div2k-official$/, "edsr-$1");
  return Object.hasOwn(PUBLISHED, key) ? PUBLISHED[key] : undefined;
}
