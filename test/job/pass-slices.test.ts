import { describe, expect, it, vi } from "vitest";
import { SlicedJob, SliceSpeed } from "../../src/job/pass-slices.js";

const NO_ENCODER = {} as GPUCommandEncoder;

describe("slices", () => {
  const costs = [1, 9, 4, 4, 30, 2, 2, 2];

  it.each([
    [10, [10, 8, 30, 6]],
    [1, [1, 9, 4, 4, 30, 2, 2, 2]],
    [1000, [54]],
  ])("of a budget of %i hold no more, but for single dispatches", (budgetMs, wanted) => {
    const steps = costs.map((cost, dispatch) => ({ region: 0, dispatch, cost }));
    const recorded: number[] = [];
    let next = 0;
    const job = new SlicedJob(steps, { flopsPerMs: 1 }, (_, from, to, cost) => {
      expect(from).toBe(next);
      expect(costs.slice(from, to).reduce((sum, each) => sum + each, 0)).toBe(cost);
      if (to - from > 1) expect(cost).toBeLessThanOrEqual(budgetMs);
      next = to;
      recorded.push(cost);
    });
    while (!job.done) job.encodeSlice(NO_ENCODER, budgetMs);
    expect(recorded).toEqual(wanted);
    expect(job.progress).toBe(1);
  });

  it("that fail to record are recorded again", () => {
    let fails = true;
    const job = new SlicedJob([{ region: 0, dispatch: 0, cost: 1 }], { flopsPerMs: 1 }, () => {
      if (fails) throw new Error("no");
    });
    expect(() => job.encodeSlice(NO_ENCODER, 1)).toThrow("no");
    expect(job.done).toBe(false);
    fails = false;
    job.encodeSlice(NO_ENCODER, 1);
    expect(job.done).toBe(true);
  });
});

describe("the speed of slices", () => {
  it("moves towards what was measured in small steps", () => {
    const speed = new SliceSpeed(100, "assumed");
    speed.hear(1000, 1);
    expect(speed.flopsPerMs).toBe(125);
    speed.hear(1000, 100);
    expect(speed.flopsPerMs).toBe(112.5);
    speed.hear(1150, 10);
    expect(speed.flopsPerMs).toBe(115);
  });

  it.each(["measured", "assumed"] as const)("stays near where it began, which was %s, whatever is heard", (from) => {
    const most = from === "measured" ? 4 : 64;
    const [slow, fast] = [new SliceSpeed(100, from), new SliceSpeed(100, from)];
    for (let n = 0; n < 100; n++) {
      slow.hear(1, 1000); // other work was in the queue
      fast.hear(1e9, 0); // nothing was submitted yet
    }
    expect([slow.flopsPerMs, fast.flopsPerMs]).toEqual([100 / most, 100 * most]);
  });

  it("counts what one task records as one, and not the time of slices before it", async () => {
    const ends: (() => void)[] = [];
    const queue = { onSubmittedWorkDone: () => new Promise<void>((resolve) => ends.push(resolve)) };
    const speed = new SliceSpeed(100, "assumed");
    const heard = vi.spyOn(speed, "hear");
    const now = vi.spyOn(performance, "now");
    const at = async (ms: number, act: () => void) => {
      now.mockReturnValue(ms);
      act();
      await new Promise((resolve) => setImmediate(resolve));
    };
    const follow = (cost: number) => speed.follow(queue as unknown as GPUQueue, cost);
    await at(0, () => {
      follow(300);
      follow(700);
    });
    expect(ends).toHaveLength(1);
    await at(4, () => follow(500));
    await at(10, () => ends[0]!());
    await at(15, () => ends[1]!());
    now.mockRestore();
    expect(heard.mock.calls).toEqual([
      [1000, 10],
      [500, 5],
    ]);
  });

  it("is not moved by a device that is lost", async () => {
    const queue = { onSubmittedWorkDone: () => Promise.reject(new Error("lost")) };
    const speed = new SliceSpeed(100, "assumed");
    speed.follow(queue as unknown as GPUQueue, 5);
    await new Promise((resolve) => setImmediate(resolve));
    expect(speed.flopsPerMs).toBe(100);
  });
});
