// Merging on the CPU: as good as an independent implementation in NumPy was on the same frames, and true to what comes in.

import { describe, expect, it } from "vitest";
import { estimateShifts, type MergeOptions, superResolveOnCpu } from "../../src/multi-frame/index.js";
import { stepSize } from "../../src/multi-frame/merge.reference.js";
import type { MergeRequest } from "../../src/multi-frame/method.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { doneAtOnce } from "../../src/weights/event-loop-yield.js";
import { blurred, framesOf, psnr, seededShifts, TEST_SCENE, truthOf } from "./scene.js";

const METHODS = [
  { method: "shift-and-add" },
  { method: "back-projection" },
  { method: "map", prior: "huber" },
  { method: "map", prior: "btv" },
  { method: "pocs" },
] as const satisfies readonly MergeOptions[];

// PSNR in dB of an implementation in NumPy, in the order of METHODS, and of one frame enlarged bicubically.
const MEASURED = [
  { scale: 2, bicubic: 29.073, methods: [29.829, 34.876, 36.531, 37.025, 33.521] },
  { scale: 4, bicubic: 21.067, methods: [23.813, 29.256, 29.87, 30.392, 28.841] },
];

const SIZE = { width: 48, height: 40 };

describe.each(MEASURED)("8 frames, $scale times", ({ scale, bicubic, methods }) => {
  const shifts = seededShifts(8);
  const frames = framesOf(TEST_SCENE, shifts, { ...SIZE, scale });
  const truth = truthOf(TEST_SCENE, { ...SIZE, scale });

  it.each(METHODS.map((options, i) => ({ ...options, db: methods[i]! })))(
    "$method $prior: $db dB",
    ({ db, ...options }) => {
      const merged = superResolveOnCpu(frames, { ...options, scale, shifts });
      expect(psnr(merged, truth, 6)).toBeCloseTo(db, 2);
      expect(db).toBeGreaterThan(bicubic);
    },
  );
});

// Samples whose centre lies beyond the picture see its edge alone. Three of these four frames have such samples: were they taken
// in, their differences would pile up on the edge's places, the largest gain of a step would be 7.7, and beyond 2 a descent diverges (10.9 dB
// after 60 rounds). Without them it is 1.15, and the step of 1 stands. As measured of the implementation in NumPy, either way.
describe("4 frames that look up to 2.5 pixels beyond the edges, 3 times", () => {
  const shifts = seededShifts(4, 3, 2.5);
  const kind = { ...SIZE, scale: 3 };
  const frames = framesOf(TEST_SCENE, shifts, kind);
  const truth = truthOf(TEST_SCENE, kind);

  it.each([
    { method: "shift-and-add", db: 25.032 },
    { method: "back-projection", db: 28.67 },
    { method: "map", prior: "btv", db: 30.335 },
    { method: "pocs", db: 28.321 },
  ] as const)("$method: $db dB", ({ db, ...options }) => {
    expect(psnr(superResolveOnCpu(frames, { ...options, scale: 3, shifts }), truth, 6)).toBeCloseTo(db, 2);
  });
});

describe("registration", () => {
  const shifts = seededShifts(8);
  const frames = framesOf(TEST_SCENE, shifts, { ...SIZE, scale: 2 });
  // Of the same implementation, for frames 2 and 8.
  it.each([
    { registration: "gradient", second: { x: 0.24155, y: -0.45157 }, last: { x: 0.22831, y: -0.02393 } },
    { registration: "frequency", second: { x: 0.19303, y: -0.40404 }, last: { x: 0.17422, y: -0.01561 } },
  ] as const)("by $registration", async ({ registration, second, last }) => {
    const found = await estimateShifts(frames, { registration });
    expect(found[0]).toEqual({ x: 0, y: 0 });
    for (const [index, wanted] of [
      [1, second],
      [7, last],
    ] as const) {
      expect(found[index]!.x).toBeCloseTo(wanted.x, 4);
      expect(found[index]!.y).toBeCloseTo(wanted.y, 4);
    }
  });

  it("costs next to nothing where shifts are not known", () => {
    const truth = truthOf(TEST_SCENE, { ...SIZE, scale: 2 });
    expect(psnr(superResolveOnCpu(frames), truth, 6)).toBeGreaterThan(37.025 - 0.5);
  });

  it("finds shifts of several pixels", async () => {
    const far = [
      { x: 0, y: 0 },
      { x: 5.3, y: -3.7 },
      { x: -4.2, y: 6.4 },
    ];
    const found = await estimateShifts(framesOf(TEST_SCENE, far, { width: 100, height: 90, scale: 1 }));
    far.forEach(({ x, y }, k) => {
      expect(found[k]!.x).toBeCloseTo(x, 1);
      expect(found[k]!.y).toBeCloseTo(y, 1);
    });
  });

  it("of flat and of tiny frames is none", async () => {
    const none = { x: 0, y: 0 };
    const flat = (width: number): Pixels => ({
      data: new Uint8Array(width * width).fill(9),
      width,
      height: width,
      channels: 1,
      bits: 8,
    });
    for (const registration of ["gradient", "frequency"] as const) {
      for (const width of [1, 5, 20]) {
        expect(await estimateShifts([flat(width), flat(width)], { registration })).toEqual([none, none]);
      }
    }
  });
});

describe("a merge", () => {
  const shifts = seededShifts(4);

  it.each([
    { channels: 1, bits: 8 },
    { channels: 2, bits: 16 },
    { channels: 3, bits: 16 },
    { channels: 4, bits: 8 },
  ] as const)("keeps $channels channels of $bits bits", ({ channels, bits }) => {
    const kind = { width: 14, height: 12, channels, bits, scale: 2 };
    const merged = superResolveOnCpu(framesOf(TEST_SCENE, shifts, kind), { shifts, method: "back-projection" });
    expect(merged).toMatchObject({ width: 28, height: 24, channels, bits });
    expect(psnr(merged, truthOf(TEST_SCENE, kind), 2)).toBeGreaterThan(28);
  });

  it("of opaque frames is opaque, and the same as without alpha", () => {
    const kind = { width: 14, height: 12, scale: 2 };
    const gray = framesOf(TEST_SCENE, shifts, kind);
    const opaque = gray.map(
      (frame): Pixels => ({
        ...frame,
        channels: 2,
        data: Uint8Array.from({ length: frame.data.length * 2 }, (_, i) => (i % 2 === 0 ? frame.data[i >> 1]! : 255)),
      }),
    );
    const merged = superResolveOnCpu(opaque, { shifts });
    const plain = superResolveOnCpu(gray, { shifts });
    expect(merged.data.filter((_, i) => i % 2 === 1).every((level) => level === 255)).toBe(true);
    expect(merged.data.filter((_, i) => i % 2 === 0)).toEqual(plain.data);
  });

  it.each(METHODS)("of one frame of one pixel by $method $prior is that pixel", (options) => {
    const frame = { data: Uint8Array.of(10, 200, 90, 50), width: 1, height: 1, channels: 4, bits: 8 } as const;
    const merged = superResolveOnCpu([frame, frame], { ...options, scale: 3 });
    expect(merged).toMatchObject({ width: 3, height: 3, channels: 4 });
    for (let i = 0; i < merged.data.length; i++) {
      expect(Math.abs(merged.data[i]! - frame.data[i % 4]!)).toBeLessThanOrEqual(1);
    }
  });

  it.each(METHODS)("by $method $prior stays about a flat scene where frames look beyond the edges", (options) => {
    const beyond = [
      { x: -0.5, y: -0.5 },
      { x: 7.4, y: -0.5 },
      { x: -0.5, y: 6.2 },
    ];
    const frames = framesOf(() => 100, beyond, { width: 12, height: 12, scale: 4 });
    const merged = superResolveOnCpu(frames, { ...options, shifts: beyond, scale: 4 });
    expect(Math.min(...merged.data)).toBeGreaterThan(70);
    expect(Math.max(...merged.data)).toBeLessThan(130);
  });

  it("takes a smaller step only where 1 would diverge", () => {
    const request: MergeRequest = { scale: 2, method: "back-projection", prior: "btv", psf: "box", iterations: 20 };
    const step = (shifts: readonly { x: number; y: number }[]) => doneAtOnce(stepSize(SIZE, request, shifts));
    expect(step(seededShifts(8))).toBe(1);
    expect(step([{ x: -0.5, y: -0.5 }])).toBeLessThan(0.6);
  });

  it("reports each round of each channel", () => {
    const heard: number[] = [];
    const frames = framesOf(TEST_SCENE, shifts, { width: 6, height: 5, channels: 3, scale: 2 });
    superResolveOnCpu(frames, { iterations: 4, onProgress: ({ done, total }) => heard.push(done / total) });
    expect(heard).toEqual(Array.from({ length: 12 }, (_, i) => (i + 1) / 12));
  });
});

describe("bad input", () => {
  const frame: Pixels = { data: new Uint8Array(6), width: 3, height: 2, channels: 1, bits: 8 };
  const HOLDS_ITSELF: Record<string, unknown> = {};
  HOLDS_ITSELF.all = HOLDS_ITSELF;
  const wide: Pixels = { data: new Uint8Array(8), width: 4, height: 2, channels: 1, bits: 8 };

  it.each([
    [[], {}, "frames must be an array of 1 to 256 pictures, got 0"],
    [null, {}, "frames must be an array of 1 to 256 pictures, got null"],
    [
      [frame, wide],
      {},
      "Frames must be of one size and kind: frame 2 is 4x2 with 1 channel of 8 bits, frame 1 is 3x2 with 1 channel of 8 bits",
    ],
    [[frame], { scale: 2.5 }, "scale must be a whole number from 1 to 8, got 2.5"],
    [[frame], { scale: 9 }, "scale must be a whole number from 1 to 8, got 9"],
    [
      [frame],
      { method: "magic" },
      'method must be one of "map", "back-projection", "pocs", "shift-and-add", got "magic"',
    ],
    [[frame], { prior: "tv" }, 'prior must be one of "btv", "huber", got "tv"'],
    [[frame], { registration: "eye" }, 'registration must be one of "gradient", "frequency", got "eye"'],
    [
      [frame],
      { psf: { gaussian: 0 } },
      'psf must be "box" or { gaussian } with a number of pixels above 0, at most 4, got { gaussian: 0 }',
    ],
    [
      [frame],
      { psf: HOLDS_ITSELF },
      'psf must be "box" or { gaussian } with a number of pixels above 0, at most 4, got { all: an object }',
    ],
    [[frame], { iterations: 0 }, "iterations must be a whole number from 1 to 1000, got 0"],
    [[frame], { shifts: [] }, "shifts must be an array of one { x, y } for each of 1 frames, got 0"],
    [
      [frame],
      { shifts: [{ x: Number.NaN, y: 0 }] },
      "shifts[0] must be { x, y } in pixels of a frame, got { x: NaN, y: 0 }",
    ],
    [[frame], { shifts: [[1n, "0"]] }, 'shifts[0] must be { x, y } in pixels of a frame, got [1, "0"]'],
    [
      [frame, frame],
      { shifts: [{ x: 0, y: 0 }] },
      "shifts must be an array of one { x, y } for each of 2 frames, got 1",
    ],
    [[frame], { scale: "2" }, 'scale must be a whole number from 1 to 8, got "2"'],
    [
      [frame],
      { shifts: [{ x: 3, y: 0 }] },
      "shifts[0] is (3, 0), but frames of 3x2 pixels have nothing in common there",
    ],
    [[frame], { shift: [] }, "superResolveOnCpu has no option shift, did you mean shifts?"],
  ])("case %#: %o", (frames, options, message) => {
    const call = () => superResolveOnCpu(frames as readonly Pixels[], options as MergeOptions);
    expect(call).toThrow(expect.objectContaining({ name: "EsrganError", code: "bad-input", message }));
  });

  it("is told of in estimateShifts too", async () => {
    await expect(estimateShifts([])).rejects.toThrow("frames must be an array of 1 to 256 pictures, got 0");
    await expect(estimateShifts(new Array(2))).rejects.toMatchObject({ code: "bad-input" });
    expect(() => superResolveOnCpu(new Array(2))).toThrow(expect.objectContaining({ code: "bad-input" }));
    await expect(estimateShifts([frame], { scale: 2 } as object)).rejects.toThrow("estimateShifts has no option scale");
  });
});

it("a Gaussian point spread undoes a blur that the box does not", () => {
  const kind = { width: 28, height: 24, scale: 2 };
  const shifts = seededShifts(6);
  const frames = framesOf(blurred(TEST_SCENE), shifts, { ...kind, noise: 0.5 });
  const truth = truthOf(TEST_SCENE, kind);
  const [box, gaussian] = (["box", { gaussian: 0.57 }] as const).map((psf) =>
    psnr(superResolveOnCpu(frames, { shifts, psf, method: "back-projection" }), truth, 8),
  ) as [number, number];
  expect(gaussian).toBeGreaterThan(box + 1);
});
