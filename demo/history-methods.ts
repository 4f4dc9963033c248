// Owns the methods of the history: what each is, and where its weights come from.

import srcnn from "@esrgan-webgpu/classics/srcnn-915-x3";
import vdsr from "@esrgan-webgpu/classics/vdsr";
import { type ModelChoice, SITE_MODELS, type Weights } from "./models.js";

/** What most networks up to 2016 enlarge by, so all do. */
export const SCALE = 3;

export interface Method {
  readonly name: string;
  /** When it was published; nobody knows of the oldest. */
  readonly year: string;
  readonly sentence: string;
  /** In dB on Set5 at this scale, as published with these weights. */
  readonly psnr?: string;
  /** What is fetched first, where that is much: such a method waits to be asked for. */
  readonly fetched?: string;
  readonly model: ModelChoice;
}

function method(name: string, weights: Weights, about: Omit<Method, "name" | "model">, stated?: ModelChoice["stated"]) {
  return { name, ...about, model: { key: name, label: name, hint: about.sentence, weights, stated } };
}

/** A network that the page offers too. */
function siteMethod(key: string, name: string, about: Omit<Method, "name" | "model">): Method[] {
  return SITE_MODELS.filter((model) => model.key === key).map((model) => ({ name, ...about, model }));
}

export const BICUBIC: Method = method("Bicubic", `bicubic-x${SCALE}`, {
  year: "1981",
  sentence: "A cubic curve through four pixels each way (Keys). The measure of all papers since.",
  psnr: "30.39",
});

/** In the order in which they came. */
export const METHODS: readonly Method[] = [
  method("Nearest", `nearest-x${SCALE}`, { year: "", sentence: "Each pixel a square: nothing is added." }),
  method("Bilinear", `bilinear-x${SCALE}`, { year: "", sentence: "A straight line from pixel to pixel: soft." }),
  BICUBIC,
  method("SRCNN", srcnn, {
    year: "2014",
    sentence: "The first network: three convolutions of the bicubic picture.",
    psnr: "32.44",
  }),
  method(
    "VDSR",
    vdsr,
    {
      year: "2016",
      sentence: "Twenty convolutions, which learn only what bicubic misses.",
      psnr: "33.77",
    },
    { scale: String(SCALE) },
  ),
  method("FSRCNN-s", async () => (await import("@esrgan-webgpu/classics/fsrcnn-s-x3")).default(), {
    year: "2016",
    sentence: "Works on the small picture and enlarges last: an eighteenth of SRCNN's work.",
    psnr: "32.52",
  }),
  method("ESPCN", async () => (await import("@esrgan-webgpu/classics/espcn-x3")).default(), {
    year: "2016",
    sentence: "Enlarges by shuffling channels into pixels, as nearly all have since.",
  }),
  ...siteMethod("x4plus", "Real-ESRGAN", {
    year: "2021",
    sentence: "ESRGAN's dense blocks, trained against a critic on pictures spoilt the way real ones are.",
    fetched: "34 MB",
  }),
  ...siteMethod("anime-6b", "Real-ESRGAN anime", {
    year: "2021",
    sentence: "The same for drawings, with 6 blocks in place of 23.",
    fetched: "9 MB",
  }),
  ...siteMethod("general-x4v3", "Real-ESRGAN v3", {
    year: "2022",
    sentence: "A plain stack of small convolutions, trained the same way: the default of this library.",
  }),
];

/** A network that was dropped. */
export function droppedMethod(model: ModelChoice): Method {
  return { name: model.label, year: "Yours", sentence: model.hint, model };
}
