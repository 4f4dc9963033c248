// Owns running a network over a whole picture, tile by tile, from the top down.

import { takeFlag } from "../gpu/buffers.js";
import type { BoundPictures, GivenPictures, PreparedPlan, RunOptions } from "../gpu/executor.js";
import { PICTURE_HEADER_BYTES, rowWords } from "../ops/picture.kernels.js";
import type { Pixels, StepBits, StepPixels } from "../ops/pixels.js";
import {
  type Border,
  ORIENTATIONS,
  type PackedRows,
  type Rectangle,
  type Region,
  type RegionPlaces,
  regionWords,
  UPRIGHT,
} from "../ops/region.js";
import type { ExecutionPlan, PictureIo } from "../plan/execution-plan.js";
import { type TargetChoice, targetOf } from "../plan/picture-buffers.js";
import { type Cutting, largestKept, pixelsAtHand, regionOf } from "../plan/regions.js";
import type { DispatchRange } from "../plan/runnable-plan.js";
import type { TileChoice } from "../plan/tile-choice.js";
import type { TileSpan } from "../plan/tile-plan.js";
import { doneInTurns, type WorkInPieces } from "../weights/event-loop-yield.js";
import type { Stop } from "../weights/stop.js";
import { NO_ROWS } from "./alpha-source.js";
import type { TileForm } from "./network-planner.js";
import type { NetworkState } from "./network-state.js";
import { emptyArray, type PixelSource, type PixelStrip, packedRows } from "./pixel-source.js";

/** Where a pass reads: pixels that are uploaded part by part, or a picture that lies on the GPU. */
export type PassSource =
  | { readonly at: "cpu"; readonly pixels: PixelSource }
  | { readonly at: "gpu"; readonly resource: GPUBindingResource; readonly rows: PackedRows };

/** Where a pass stores: rows that are read back, or a picture on the GPU, whose rows have a pitch if it is packed. */
export type PassTarget =
  | { readonly at: "cpu"; readonly channels: Pixels["channels"]; readonly bits: StepBits }
  | {
      readonly at: "gpu";
      readonly resource: GPUBindingResource;
      readonly pitch: number;
      /** The buffer whose first word tells of values that were not finite, where that is to be looked at. */
      readonly flag?: GPUBuffer | undefined;
    };

/** What decides the kernels at both ends. */
export type PassForm = Pick<PictureIo, "source" | "bits" | "gray"> & { readonly target: TargetChoice };

export interface PassSettings extends Cutting {
  readonly tiles: TileChoice;
  readonly form: PassForm;
  readonly source: PassSource;
  readonly target: PassTarget;
  readonly alpha: PassAlpha | undefined;
}

/** The alpha that a pass stores beside its results. */
export interface PassAlpha {
  readonly border: Border;
  /** The texture that holds it, if one does. */
  readonly texture: GPUTextureView | undefined;
  /** Uploads what `window` of the result needs, and says which pixels of the alpha these are. */
  upload(prepared: PreparedPlan, window: Rectangle): Promise<PackedRows>;
}

/** What a running pass tells and asks. */
export interface PassEvents {
  /** Looked at before each submit. */
  readonly stop: Stop;
  /** Work done since the last call, in runs of a tile. */
  readonly advance: (runs: number) => void;
  /** Called when a tile was stored on the GPU. */
  readonly onTile?: (() => void) | undefined;
}

/** Some value of a tile was not finite. */
export class NotFinite extends Error {}

/** Runs that a pass takes: tiles, and orientations of each. */
export function runsOf({ tiles, form }: { tiles: TileChoice; form: { target: { isMean: boolean } } }): number {
  const orientations = form.target.isMean ? ORIENTATIONS.length : 1;
  return tiles.columns.spans.length * tiles.rows.spans.length * orientations;
}

interface FormSettings extends Pick<PassSettings, "tiles" | "scale" | "form"> {
  readonly isGiven: boolean;
  /** As in PictureIo and PlanRequest. */
  readonly regions?: number;
  readonly mostFlops?: number | undefined;
}

/** The form of tile that a pass prepares. */
export function tileForm({ isGiven, regions = 1, mostFlops, ...settings }: FormSettings): TileForm {
  const { tiles, form } = settings;
  const { columns, rows, windows } = tiles;
  const target = targetOf(form.target, largestKept(settings));
  return {
    width: columns.size,
    height: rows.size,
    windows,
    mostFlops,
    io: { kind: "picture", ...form, isGiven, target, regions },
  };
}

/**
 * Runs the network over the picture, row of tiles by row; rows before `firstRow` are left out and, where a row of tiles has no
 * others, not computed. Gives each row of tiles when it is done: what was read back, if anything was.
 * @throws NotFinite where a tile's values are not; EsrganError as NetworkState.prepare; what stops it
 */
export async function* networkStrips(
  state: NetworkState,
  settings: PassSettings,
  events: PassEvents,
  firstRow = 0,
): AsyncGenerator<PixelStrip, void, void> {
  const { picture, scale, tiles, form, source, target } = settings;
  const prepared = await state.prepare(tileForm({ ...settings, isGiven: source.at === "gpu" }), events.stop);
  events.stop.check();
  const pictures = prepared.bindPictures(givenPictures(form, source, target, settings.alpha));
  const width = picture.width * scale;
  for (const row of tiles.rows.spans) {
    const end = row.coreEnd * scale;
    if (end <= firstRow) continue;
    const y = row.coreStart * scale;
    const channels = target.at === "cpu" ? target.channels : 0;
    const rowBits = target.at === "cpu" ? target.bits : 8;
    const data = emptyArray(rowBits, width * (end - y) * channels);
    const strip = { x: 0, y, width, height: end - y };
    for (const column of tiles.columns.spans) {
      const stored = await runTile(prepared, settings, events, { column, row, pictures });
      if (stored && target.at === "cpu") await doneInTurns(copyRows(stored, target, { strip, data }), events.stop);
    }
    const skipped = Math.max(firstRow - y, 0);
    yield { y: y + skipped, rows: end - y - skipped, data: data.subarray(skipped * width * channels) };
  }
  if (target.at === "gpu" && target.flag && (await takeFlag(state.device, target.flag)) !== 0) throw new NotFinite();
}

/** What kernels read and store that is not the plan's own. */
export function givenPictures(
  form: Pick<PassForm, "source" | "target">,
  source: PassSource,
  target: PassTarget,
  alpha: PassAlpha | undefined,
): GivenPictures {
  return {
    ...(alpha?.texture ? { "texture-in": alpha.texture } : {}),
    ...(source.at === "gpu" ? { [form.source.kind === "packed" ? "picture-in" : "texture-in"]: source.resource } : {}),
    ...(target.at === "gpu"
      ? { [form.target.form.kind === "packed" ? "packed-out" : "texture-out"]: target.resource }
      : {}),
  };
}

interface Tile {
  readonly column: TileSpan;
  readonly row: TileSpan;
  readonly pictures: BoundPictures;
}

/** Rows that were read back: those of `kept`, each beginning with a word. */
interface Stored {
  readonly bytes: Uint8Array;
  readonly kept: Rectangle;
}

/** Runs a tile in each of its orientations; gives what is read back. */
async function runTile(
  prepared: PreparedPlan<ExecutionPlan>,
  settings: PassSettings,
  { stop, advance, onTile }: PassEvents,
  { column, row, pictures }: Tile,
): Promise<Stored | undefined> {
  const { form, target, alpha } = settings;
  const orientations = form.target.isMean ? ORIENTATIONS : [UPRIGHT];
  const { ranges } = prepared.plan;
  const first = regionOf(settings, column, row);
  const source = await sourceAtHand(prepared, settings, first);
  const destination = { ...first.to, width: first.kept.width, height: first.kept.height };
  const places: RegionPlaces = {
    source,
    target: targetPlace(settings, first),
    tables: destination,
    alpha: alpha ? await alpha.upload(prepared, destination) : NO_ROWS,
    alphaBorder: alpha?.border ?? "repeat",
  };
  const run = async (region: Region, range: DispatchRange, onProgress?: RunOptions["onProgress"]) => {
    stop.check();
    prepared.write("regions", regionWords(region, places));
    await prepared.run({ range, pictures, checkpoint: stop.check, onProgress });
  };
  for (const [index, orientation] of orientations.entries()) {
    const region = regionOf(settings, column, row, orientation, index === 0);
    let reported = 0;
    await run(region, (orientation.transpose && ranges.turned) || ranges.run, (done, total) => {
      advance(done / total - reported);
      reported = done / total;
    });
  }
  if (ranges.store) await run(first, ranges.store);
  // What was destroyed meanwhile must not be submitted.
  stop.check();
  if (target.at === "gpu") {
    onTile?.();
    return undefined;
  }
  const bytes = await readStored(prepared, rowWords(first.kept.width, target) * 4 * first.kept.height);
  return { bytes, kept: destination };
}

/**
 * Reads back what was stored as packed rows, without its header.
 * @throws NotFinite where a value was not
 */
export async function readStored(prepared: PreparedPlan, byteLength: number): Promise<Uint8Array> {
  const bytes = await prepared.readPicture("packed-out", PICTURE_HEADER_BYTES + byteLength);
  if (new Uint32Array(bytes, 0, 1)[0] !== 0) throw new NotFinite();
  return new Uint8Array(bytes, PICTURE_HEADER_BYTES);
}

async function sourceAtHand(
  prepared: PreparedPlan,
  { source, picture, tiles, wraps }: PassSettings,
  region: Region,
): Promise<PackedRows> {
  if (source.at === "gpu") return source.rows;
  const size = { width: tiles.columns.size, height: tiles.rows.size };
  const part = pixelsAtHand(region.from, size, picture, wraps);
  prepared.write("picture-in", await source.pixels.pack(part));
  return packedRows(part, source.pixels);
}

/** Where the kept part begins in a packed destination: behind the header, and behind what lies above and before it. */
function targetPlace({ target }: PassSettings, { kept, to }: Region): RegionPlaces["target"] {
  const header = PICTURE_HEADER_BYTES / 4;
  if (target.at === "cpu") return { offset: header, pitch: rowWords(kept.width, target) };
  const { pitch } = target;
  return { offset: header + to.y * pitch + to.x * SCRATCH_PIXEL_WORDS, pitch };
}

/** Packed pictures that stay on the GPU are RGB as floats. */
export const SCRATCH_PIXEL_WORDS = 3;

/** Copies rows that were read back into a strip of the result. */
export function* copyRows(
  { bytes, kept }: Stored,
  form: Pick<StepPixels, "channels" | "bits">,
  { strip, data }: { readonly strip: Rectangle; readonly data: PixelStrip["data"] },
): WorkInPieces<void> {
  const into = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const pixelBytes = (form.channels * form.bits) / 8;
  const pitch = rowWords(kept.width, form) * 4;
  const length = kept.width * pixelBytes;
  for (let y = 0; y < kept.height; y++) {
    const to = ((kept.y - strip.y + y) * strip.width + kept.x - strip.x) * pixelBytes;
    into.set(bytes.subarray(y * pitch, y * pitch + length), to);
    yield;
  }
}
