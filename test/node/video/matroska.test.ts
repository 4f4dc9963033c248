// The stream of raw frames as ffmpeg's own reader sees it, and its bytes.
import { expect, test } from "vitest";
import { matroskaFrameEnd, matroskaFrameStart, matroskaHeader } from "../../../src/node/video/matroska.js";

test("a frame's lengths are those of what follows", () => {
  const byteLength = 2 ** 33 + 5; // more than 32 bits hold
  const start = matroskaFrameStart(1_234_567, byteLength);
  const end = matroskaFrameEnd(40_000);
  const lengthAt = (at: number) => Number(start.readBigUInt64BE(at) & (2n ** 56n - 1n));
  expect(start.toString("hex", 0, 4)).toBe("1f43b675");
  expect(lengthAt(4)).toBe(start.length - 12 + byteLength + end.length);
  expect(start.subarray(12, 13).toString("hex")).toBe("e7");
  expect(Number(start.readBigUInt64BE(21))).toBe(1_234_567);
  expect(start[29]).toBe(0xa0);
  expect(lengthAt(30)).toBe(start.length - 38 + byteLength + end.length);
  expect(start[38]).toBe(0xa1);
  expect(lengthAt(39)).toBe(start.length - 47 + byteLength);
  expect(Number(end.readBigUInt64BE(2))).toBe(40_000);
});

test.each([
  [8, "RGB\x18"],
  [16, "RGB0"],
] as const)("%i bits have their code", (bits, code) => {
  expect(matroskaHeader({ width: 3, height: 2, bits }).toString("latin1")).toContain(code);
});
