// Owns the pictures that seams are measured on: what people upscale, and what networks find hardest to see from close by. Each is drawn
// from a seed, twice or three times as large and then averaged where its edges are smooth.

import type { Pixels } from "../../src/ops/pixels.js";
import { type Random, seededRandom } from "./random.js";

type Colour = readonly [number, number, number];
type Inside = (x: number, y: number) => boolean;

const BLACK: Colour = [0, 0, 0];
const WHITE: Colour = [255, 255, 255];

/** A drawing in its own pixels, and the random numbers that it is made of. */
class Sheet {
  readonly data: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
    private readonly random: Random,
  ) {
    this.data = new Uint8Array(width * height * 3);
  }

  /** From `least` to below `end`. */
  number(least: number, end: number): number {
    return least + (this.random() / 2 ** 32) * (end - least);
  }

  /** One of the two, or of all between. */
  integer(least: number, most: number): number {
    return Math.floor(this.number(least, most + 1));
  }

  chance(share: number): boolean {
    return this.number(0, 1) < share;
  }

  colour(): Colour {
    return [this.integer(0, 255), this.integer(0, 255), this.integer(0, 255)];
  }

  /** As inks are: each channel none, half or all. */
  ink(): Colour {
    return [this.integer(0, 2) * 127.5, this.integer(0, 2) * 127.5, this.integer(0, 2) * 127.5];
  }

  point(): readonly [number, number] {
    return [this.number(0, this.width), this.number(0, this.height)];
  }

  fill(inside: Inside, colour: Colour, area: Area = this.all()): void {
    for (let y = Math.max(0, Math.floor(area.top)); y < Math.min(this.height, area.bottom); y++) {
      for (let x = Math.max(0, Math.floor(area.left)); x < Math.min(this.width, area.right); x++) {
        if (inside(x, y)) this.data.set(colour, (y * this.width + x) * 3);
      }
    }
  }

  all(): Area {
    return { left: 0, top: 0, right: this.width, bottom: this.height };
  }

  /** The mean of each `factor` by `factor` pixels. */
  shrunk(factor: number): Pixels {
    const [width, height] = [Math.floor(this.width / factor), Math.floor(this.height / factor)];
    const data = new Uint8Array(width * height * 3);
    for (let i = 0; i < data.length; i++) {
      const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
      let sum = 0;
      for (let part = 0; part < factor ** 2; part++) {
        const from = (y * factor + Math.floor(part / factor)) * this.width + x * factor + (part % factor);
        sum += this.data[from * 3 + (i % 3)]!;
      }
      data[i] = Math.round(sum / factor ** 2);
    }
    return { data, width, height, channels: 3, bits: 8 };
  }
}

interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Five pixels wide and seven high, a row in each five bits. */
const GLYPHS = [
  "01110100011000111111100011000110001", // A
  "11110100011000111110100011000111110", // B
  "01111100001000010000100001000001111", // C
  "11111100001000011110100001000011111", // E
  "10001100011000111111100011000110001", // H
  "10001100101010011000101001001010001", // K
  "10001110111010110001100011000110001", // M
  "10001110011010110011100011000110001", // N
  "01110100011000110001100011000101110", // O
  "01111100001000001110000010000111110", // S
  "11111001000010000100001000010000100", // T
  "10001100010101000100010101000110001", // X
  "11111000010001000100010001000011111", // Z
  "00000000000111000001011111000101111", // a
  "00000000000111010001111111000001110", // e
  "01000000001100001000010000100011100", // i
  "00000000001011011001100011000110001", // n
  "00000000000000000000000000110001100", // .
  "00000000000000000000000000000000000",
];

function write(sheet: Sheet, area: Area, size: number, colour: Colour): void {
  for (let top = area.top; top + 7 * size <= area.bottom; top += 9 * size) {
    for (let left = area.left; left + 5 * size <= area.right; left += 6 * size) {
      const glyph = GLYPHS[sheet.integer(0, GLYPHS.length - 1)]!;
      const inside: Inside = (x, y) => glyph[Math.floor((y - top) / size) * 5 + Math.floor((x - left) / size)] === "1";
      sheet.fill(inside, colour, { left, top, right: left + 5 * size, bottom: top + 7 * size });
    }
  }
}

function line(sheet: Sheet, [ax, ay]: readonly [number, number], [bx, by]: readonly [number, number], thick: number) {
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy || 1;
  sheet.fill(
    (x, y) => {
      const at = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / square));
      return Math.hypot(x - ax - at * dx, y - ay - at * dy) <= thick / 2;
    },
    BLACK,
    {
      left: Math.min(ax, bx) - thick,
      right: Math.max(ax, bx) + thick,
      top: Math.min(ay, by) - thick,
      bottom: Math.max(ay, by) + thick,
    },
  );
}

/** Flat inks in black outlines, with dots, hatching and speech. `unit` is a pixel of the picture. */
function drawPanel(sheet: Sheet, area: Area, unit: number): void {
  const within =
    (inside: Inside): Inside =>
    (x, y) =>
      x >= area.left && x < area.right && y >= area.top && y < area.bottom && inside(x, y);
  const at = () => [sheet.number(area.left, area.right), sheet.number(area.top, area.bottom)] as const;
  sheet.fill(
    within(() => true),
    sheet.chance(0.3) ? WHITE : sheet.ink(),
    area,
  );
  for (let shape = sheet.integer(4, 9); shape > 0; shape--) {
    const [cx, cy] = at();
    const [rx, ry] = [sheet.number(4, 34) * unit, sheet.number(4, 34) * unit];
    const corner = sheet.chance(0.3) ? 8 : sheet.chance(0.5) ? 1 : 2;
    const distance = (x: number, y: number, grown: number) =>
      Math.abs((x - cx) / (rx + grown)) ** corner + Math.abs((y - cy) / (ry + grown)) ** corner;
    const outline = sheet.number(0.8, 4) * unit;
    sheet.fill(
      within((x, y) => distance(x, y, outline) < 1),
      BLACK,
      area,
    );
    sheet.fill(
      within((x, y) => distance(x, y, 0) < 1),
      sheet.ink(),
      area,
    );
    const pattern = sheet.number(0, 1);
    const pitch = sheet.number(2, 7) * unit;
    const inked = sheet.chance(0.6) ? BLACK : sheet.ink();
    const radius = pitch * sheet.number(0.2, 0.55);
    const dots: Inside = (x, y) =>
      Math.hypot(((x + y) % pitch) - pitch / 2, ((x - y + 8192 * pitch) % pitch) - pitch / 2) < radius;
    const slope = sheet.number(-1, 1);
    const hatching: Inside = (x, y) => (x + slope * y + 8192 * pitch) % pitch < pitch / 3;
    if (pattern < 0.65)
      sheet.fill(
        within((x, y) => distance(x, y, 0) < 1 && (pattern < 0.35 ? dots : hatching)(x, y)),
        inked,
        area,
      );
  }
  if (sheet.chance(0.7)) {
    const [cx, cy] = at();
    const [w, h] = [sheet.number(20, 40) * unit, sheet.number(9, 20) * unit];
    const balloon = {
      left: Math.max(area.left, cx - w),
      top: Math.max(area.top, cy - h),
      right: cx + w,
      bottom: cy + h,
    };
    sheet.fill(
      within((x, y) => Math.hypot((x - cx) / (w + unit * 2), (y - cy) / (h + unit * 2)) < 1),
      BLACK,
      area,
    );
    sheet.fill(
      within((x, y) => Math.hypot((x - cx) / w, (y - cy) / h) < 1),
      WHITE,
      area,
    );
    const shrink = { left: w * 0.3, top: h * 0.3 };
    write(
      sheet,
      {
        left: balloon.left + shrink.left,
        top: balloon.top + shrink.top,
        right: Math.min(area.right, balloon.right - shrink.left),
        bottom: Math.min(area.bottom, balloon.bottom - shrink.top),
      },
      Math.max(1, Math.round(unit * sheet.number(0.5, 1.6))),
      BLACK,
    );
  }
}

/** Areas of at most about `side` that cover the sheet. */
function split(sheet: Sheet, side: number): Area[] {
  const areas: Area[] = [];
  const columns = Math.ceil(sheet.width / side);
  const rows = Math.ceil(sheet.height / side);
  for (let at = 0; at < columns * rows; at++) {
    const [column, row] = [at % columns, Math.floor(at / columns)];
    areas.push({
      left: Math.round((column * sheet.width) / columns),
      right: Math.round(((column + 1) * sheet.width) / columns),
      top: Math.round((row * sheet.height) / rows),
      bottom: Math.round(((row + 1) * sheet.height) / rows),
    });
  }
  return areas;
}

function comic(sheet: Sheet, unit: number): void {
  sheet.fill(() => true, WHITE);
  const gutter = sheet.integer(2, 5) * unit;
  for (const { left, top, right, bottom } of split(sheet, sheet.number(80, 200) * unit)) {
    const frame = { left: left + gutter, top: top + gutter, right: right - gutter, bottom: bottom - gutter };
    sheet.fill(() => true, BLACK, frame);
    const edge = sheet.number(1, 3) * unit;
    drawPanel(
      sheet,
      { left: frame.left + edge, top: frame.top + edge, right: frame.right - edge, bottom: frame.bottom - edge },
      unit,
    );
  }
}

function text(sheet: Sheet, unit: number): void {
  for (const area of split(sheet, sheet.number(60, 260) * unit)) {
    const [paper, ink] = sheet.chance(0.6)
      ? [WHITE, BLACK]
      : sheet.chance(0.4)
        ? [BLACK, WHITE]
        : [sheet.ink(), sheet.ink()];
    sheet.fill(() => true, paper, area);
    write(sheet, area, Math.max(1, Math.round(unit * sheet.number(0.8, 3.4))), ink);
  }
}

function lineArt(sheet: Sheet, unit: number): void {
  sheet.fill(() => true, WHITE);
  for (let stroke = sheet.integer(15, 50); stroke > 0; stroke--) {
    line(sheet, sheet.point(), sheet.point(), sheet.number(0.5, 3) * unit);
  }
  const [cx, cy] = sheet.point();
  const pitch = sheet.number(2.5, 12) * unit;
  const widest = sheet.number(20, 90) * unit;
  const share = sheet.number(0.15, 0.6);
  const rays = sheet.integer(12, 90);
  const isRays = sheet.chance(0.5);
  sheet.fill((x, y) => {
    const distance = Math.hypot(x - cx, y - cy);
    const turn = isRays ? ((Math.atan2(y - cy, x - cx) / Math.PI + 1) / 2) * rays : distance / pitch;
    return distance < widest && turn % 1 < share;
  }, BLACK);
}

function noise(sheet: Sheet, unit: number): void {
  for (const area of split(sheet, sheet.number(50, 260) * unit)) {
    const cell = sheet.chance(0.6) ? 1 : sheet.integer(2, 5);
    const [isGray, isBinary] = [sheet.chance(0.5), sheet.chance(0.4)];
    const [mean, most] = [sheet.number(0, 255), sheet.number(10, 255)];
    const level = () => mean + (isBinary ? (sheet.chance(0.5) ? most : -most) : sheet.number(-most, most));
    const clamped = () => Math.max(0, Math.min(255, level()));
    for (let top = area.top; top < area.bottom; top += cell) {
      for (let left = area.left; left < area.right; left += cell) {
        const gray = clamped();
        const colour: Colour = isGray ? [gray, gray, gray] : [gray, clamped(), clamped()];
        const [right, bottom] = [Math.min(area.right, left + cell), Math.min(area.bottom, top + cell)];
        sheet.fill(() => true, colour, { left, top, right, bottom });
      }
    }
  }
}

function checks(sheet: Sheet, unit: number): void {
  for (const area of split(sheet, sheet.number(30, 260) * unit)) {
    const cell = sheet.integer(1, 6);
    const isStrong = sheet.chance(0.7);
    const [light, dark] = isStrong ? [WHITE, BLACK] : [sheet.colour(), sheet.colour()];
    sheet.fill(() => true, light, area);
    sheet.fill((x, y) => (Math.floor(x / cell) + Math.floor(y / cell)) % 2 === 0, dark, area);
  }
}

function gratings(sheet: Sheet, unit: number): void {
  for (const area of split(sheet, sheet.number(30, 260) * unit)) {
    const [light, dark] = sheet.chance(0.6) ? [WHITE, BLACK] : [sheet.ink(), sheet.ink()];
    const [angle, pitch, share] = [sheet.number(0, Math.PI), sheet.number(1.8, 11) * unit, sheet.number(0.2, 0.8)];
    const [across, down] = [Math.cos(angle) / pitch, Math.sin(angle) / pitch];
    sheet.fill(() => true, light, area);
    sheet.fill((x, y) => (x * across + y * down + 8192) % 1 < share, dark, area);
  }
}

function gradients(sheet: Sheet, unit: number): void {
  const [from, to] = [sheet.colour(), sheet.colour()];
  const angle = sheet.number(0, Math.PI);
  const length = Math.hypot(sheet.width, sheet.height);
  for (let y = 0; y < sheet.height; y++) {
    for (let x = 0; x < sheet.width; x++) {
      const at = Math.abs(x * Math.cos(angle) + y * Math.sin(angle)) / length;
      sheet.data.set(
        from.map((level, channel) => level + (to[channel]! - level) * at),
        (y * sheet.width + x) * 3,
      );
    }
  }
  for (let disc = sheet.integer(2, 7); disc > 0; disc--) {
    const [cx, cy] = sheet.point();
    const radius = sheet.number(3, 40) * unit;
    sheet.fill((x, y) => Math.hypot(x - cx, y - cy) < radius, sheet.colour());
  }
}

type Drawing = (sheet: Sheet, unit: number) => void;

const DRAWINGS = { comic, text, lineArt, noise, checks, gratings, gradients } satisfies Record<string, Drawing>;

export type SeamPicture = keyof typeof DRAWINGS | "collage";

export const SEAM_PICTURES = [...Object.keys(DRAWINGS), "collage"] as readonly SeamPicture[];

/** Drawn at once in the picture's own pixels: averaged they would be gray. */
const HARD: readonly SeamPicture[] = ["noise", "checks"];

/** A picture of RGB in 8 bits; another seed draws another one of its kind. */
export function seamPicture(kind: SeamPicture, width: number, height: number, seed: number): Pixels {
  const random = seededRandom(seed * SEAM_PICTURES.length + SEAM_PICTURES.indexOf(kind));
  if (kind === "collage") return collage(width, height, random);
  // Of edges some are hard, as in pictures that were drawn pixel by pixel.
  const unit = HARD.includes(kind) ? 1 : 1 + (random() % 3);
  const sheet = new Sheet(width * unit, height * unit, random);
  DRAWINGS[kind](sheet, unit);
  return sheet.shrunk(unit);
}

/** Patches of other pictures side by side. */
function collage(width: number, height: number, random: Random): Pixels {
  const kinds = Object.keys(DRAWINGS) as (keyof typeof DRAWINGS)[];
  const sheet = new Sheet(width, height, random);
  for (const area of split(sheet, sheet.number(24, 130))) {
    const kind = kinds[sheet.integer(0, kinds.length - 1)]!;
    const [across, down] = [area.right - area.left, area.bottom - area.top];
    const patch = seamPicture(kind, across, down, sheet.integer(1, 1_000_000));
    for (let y = 0; y < down; y++) {
      const row = patch.data.subarray(y * across * 3, (y + 1) * across * 3);
      sheet.data.set(row, ((area.top + y) * width + area.left) * 3);
    }
  }
  return sheet.shrunk(1);
}
