// The progress bar's text: what it says, and that it never needs a second line.
import { describe, expect, test } from "vitest";
import { progressText } from "../../src/node/progress-bar.js";

describe("the progress bar", () => {
  test.each([
    [{ done: 0, total: 4 }, "a.png [------------------------]   0 %"],
    [{ done: 1, total: 4, etaMs: 1200 }, "a.png [######------------------]  25 % 2 s left"],
    [{ done: 2, total: 4, etaMs: 61_000 }, "a.png [############------------]  50 % 2 min left"],
    [{ done: 3, total: 4, etaMs: 7_300_000 }, "a.png [##################------]  75 % 2 h 2 min left"],
    [{ done: 4, total: 4, etaMs: 0 }, "a.png [########################] 100 %"],
    [{ done: 0, total: 0, etaMs: Number.NaN }, "a.png [------------------------]   0 %"],
    [{ done: 0, total: 9, etaMs: Number.POSITIVE_INFINITY }, "a.png [------------------------]   0 %"],
  ])("%o", (progress, text) => {
    expect(progressText("a.png", progress, 80)).toBe(text);
  });

  test.each([0, 1, 5, 33, 34, 38, 40, 79, 80])("fits %i columns", (columns) => {
    const text = progressText("a rather long name of a picture that does not fit.png", { done: 1, total: 2 }, columns);
    expect(text.length).toBeLessThanOrEqual(Math.max(0, columns - 1));
  });
});
