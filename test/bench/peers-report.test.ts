import { describe, expect, test } from "vitest";
import type { Row } from "../../bench/peers/job.js";
import { largestDifference } from "../../bench/peers/page/compare.js";
import { firstRatioTo, median, ratioTo, table } from "../../bench/peers/report.js";

const row = (peer: string, more: Partial<Row>): Row => ({ network: "net", peer, ...more });

describe("median", () => {
  test.each([
    [[3], 3],
    [[10, 9], 9.5],
    [[10, 9, 100], 10], // numbers, not text
    [[4, 1, 3, 2], 2.5],
  ])("of %j is %d", (values, wanted) => {
    expect(median(values)).toBe(wanted);
  });
});

describe("ratioTo", () => {
  const ours = row("ours", { timesMs: [10, 20, 30] });
  test.each([
    ["twice as long", ours, { timesMs: [40, 40, 1000] }, 2],
    ["a failed peer", ours, { timesMs: [40], failure: "it is wrong" }, undefined],
    ["our own failure", { ...ours, failure: "it is wrong" }, { timesMs: [40] }, undefined],
    ["no times", ours, { failure: "it crashed" }, undefined],
    ["ours left out", undefined, { timesMs: [40] }, undefined],
  ])("for %s", (_, base, theirs, wanted) => {
    expect(ratioTo(base, row("theirs", theirs))).toBe(wanted);
  });
});

test("firstRatioTo compares first runs that went well", () => {
  const ours = row("ours", { firstMs: 200 });
  expect(firstRatioTo(ours, row("theirs", { firstMs: 500 }))).toBe(2.5);
  expect(firstRatioTo(ours, row("theirs", { firstMs: 500, failure: "it is wrong" }))).toBeUndefined();
  expect(firstRatioTo(ours, row("theirs", {}))).toBeUndefined();
});

test("a table shows each row with its ratio, and what failed", () => {
  const rows = [
    row("ours", {
      timesMs: [100],
      firstMs: 2000,
      setupMs: 5,
      dispatches: 98,
      submits: 2,
      pipelines: 7,
      peakBytes: 2 ** 20,
    }),
    row("theirs", { timesMs: [900, 1500, 1300], firstMs: 3000, difference: 1.25e-6, reference: "ours" }),
    row("broken", { failure: "no adapter" }),
  ];
  const cells = table(rows, "ours")
    .split("\n")
    .map((line) => line.split(/ {2,}/));
  expect(cells).toEqual(
    [
      "network peer median fastest..slowest runs ratio first~run its~ratio setup dispatches submits pipelines peak~MiB difference",
      "net ours 100~ms 100~ms..100~ms 1 1.00x 2.00~s 1.00x 5.00~ms 98 2 7 1.0",
      "net theirs 1.30~s 900~ms..1.50~s 3 13.0x 3.00~s 1.50x 1.3e-6",
      "net broken FAILED",
      "FAILED~net,~broken:~no~adapter",
    ].map((line) => line.split(" ").map((cell) => cell.replaceAll("~", " "))),
  );
});

describe("largestDifference", () => {
  test.each([
    ["equal pictures", [0, 0.5], [0, 0.5], 0],
    ["one value", [0.25, 0.5, 1], [0.25, 0.75, 1], 0.25],
    ["values beyond black and white", [-0.5, 1.5], [0, 1], 0],
    ["pictures of other sizes", [0], [0, 0], Number.POSITIVE_INFINITY],
    ["what is no number", [0, Number.NaN], [0, 0], Number.POSITIVE_INFINITY],
  ])("of %s", (_, a, b, wanted) => {
    expect(largestDifference(Float32Array.from(a), Float32Array.from(b))).toBe(wanted);
  });
});
