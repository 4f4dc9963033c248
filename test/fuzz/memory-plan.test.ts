// Where the values of any network lie, with a tail that runs on windows and without.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FusedNode, fuse, readsOf } from "../../src/graph/fuse.js";
import type { Graph, ValueId } from "../../src/graph/graph.js";
import { channelBlocks } from "../../src/ops/plane.js";
import type { MemoryOptions, MemoryPlan } from "../../src/plan/memory-plan.js";
import { findTail } from "../../src/plan/tail.js";
import { LEAKY, RandomGraph } from "../cases/graphs.js";
import { planMemory } from "../cases/planned-memory.js";
import { seededRandom } from "../cases/random.js";
import { randomGraph } from "../cases/random-graphs.js";
import { cases } from "./runs.js";

interface Life {
  readonly from: number;
  to: number;
}

/**
 * For each value the steps it must keep its memory for. The trunk is computed first, then the tail again and again: what it
 * reads of the trunk lives until the end.
 */
function livesOf({ nodes, values }: MemoryPlan, input: ValueId, output: ValueId): Map<ValueId, Life> {
  const isTail = (node: FusedNode) => values[node.output]!.isTail;
  const steps = [...nodes.filter((node) => !isTail(node)), ...nodes.filter(isTail)];
  const lives = new Map<ValueId, Life>([[input, { from: -1, to: -1 }]]);
  steps.forEach((node, step) => {
    for (const id of readsOf(node)) {
      const life = lives.get(id);
      if (!life) throw new Error(`${node.name} reads ${values[id]!.name} before it is made`);
      life.to = isTail(node) && !values[id]!.isTail ? steps.length : Math.max(life.to, step);
    }
    lives.set(node.output, { from: step, to: step });
  });
  lives.get(output)!.to = steps.length;
  return lives;
}

function expectApart(plan: MemoryPlan, lives: ReadonlyMap<ValueId, Life>): void {
  const { placements, slots, values } = plan;
  const placed = [...lives].flatMap(([id, life]) => {
    const place = placements.get(id);
    return place ? [{ ...place, ...life, id }] : [];
  });
  for (const one of placed) {
    const { name, shape, plane, isTail } = values[one.id]!;
    expect(one.blocks, name).toBe(channelBlocks(shape.channels));
    expect(one.firstBlock + one.blocks, name).toBeLessThanOrEqual(slots[one.slot]!.blocks);
    expect(slots[one.slot], name).toMatchObject({ plane, isTail });
    for (const other of placed) {
      const meets = other.id > one.id && other.slot === one.slot && other.from <= one.to && one.from <= other.to;
      const overlaps =
        one.firstBlock < other.firstBlock + other.blocks && other.firstBlock < one.firstBlock + one.blocks;
      if (meets && overlaps) expect.fail(`${name} and ${values[other.id]!.name} share memory while both are needed`);
    }
  }
}

const size = fc.integer({ min: 1, max: 9 });
const seed = fc.nat(2 ** 31 - 1);

/**
 * A trunk of dense convolutions and a tail of twice or four times its size that reads much of it, in any order, at several
 * places: what findTail seldom sees in graphs without a plan.
 */
function tailedGraph(seed: number, trunkLength: number, tailLength: number): Graph {
  const random = seededRandom(seed);
  const g = new RandomGraph(seed);
  const below = (count: number) => random() % count;
  const some = (ids: readonly ValueId[]) => Array.from({ length: 1 + below(5) }, () => ids[below(ids.length)]!);
  const trunk = [g.input(1 + below(5))];
  for (let i = 0; i < trunkLength; i++) trunk.push(g.conv(some(trunk), 1 + below(9), { activation: LEAKY }));
  const enlarged = () => {
    const convolved = g.conv(some(trunk), 4 * (1 + below(3)));
    return below(2) ? g.conv(g.upsample(g.concat(some(trunk)), 2), 3) : g.pixelShuffle(convolved, 2);
  };
  // In one go, since the trunk ends where the tail begins.
  const lists = Array.from({ length: tailLength }, () => some(trunk));
  const tail = [enlarged()];
  for (const list of lists) {
    if (below(2)) tail.push(g.conv(g.upsample(list.length > 1 ? g.concat(list) : list[0]!, 2), 1 + below(9)));
    else tail.push(g.conv(some(tail), 1 + below(9), { activation: LEAKY }));
  }
  return g.build(g.conv(some(tail), 3));
}

/** What a graph is drawn from, which says more in a report than the graph with all its weights. */
type Drawing = { seed: number; length: number } | { seed: number; trunk: number; tail: number };

const anyGraph: fc.Arbitrary<Drawing> = fc.record({ seed, length: fc.integer({ min: 1, max: 30 }) });
const graphWithTail: fc.Arbitrary<Drawing> = fc.record({ seed, trunk: fc.nat(8), tail: fc.nat(8) });

function drawn(drawing: Drawing): Graph {
  if ("length" in drawing) return randomGraph(drawing.seed, drawing.length);
  return tailedGraph(drawing.seed, drawing.trunk, drawing.tail);
}

describe("planMemory keeps values apart that are needed at the same time", () => {
  const expectSound = (graph: Graph, plan: (options: MemoryOptions) => MemoryPlan) => {
    for (const storesElsewhere of [false, true]) {
      const planned = plan({ storesElsewhere });
      const lives = livesOf(planned, graph.input, graph.output);
      for (const id of lives.keys()) {
        const isPlaced = planned.placements.has(id);
        if (isPlaced !== (id !== graph.output || !storesElsewhere))
          expect.fail(`${planned.values[id]!.name} is placed`);
      }
      expectApart(planned, lives);
    }
  };

  it("in any graph", () => {
    fc.assert(
      fc.property(fc.oneof(anyGraph, graphWithTail), size, size, (drawing, width, height) => {
        const graph = drawn(drawing);
        expectSound(graph, (options) => planMemory(fuse(graph), width, height, options));
      }),
      cases(300),
    );
  });

  it("in any graph whose tail runs on windows", () => {
    const outcomes = { windowed: 0, whole: 0 };
    fc.assert(
      fc.property(fc.oneof(anyGraph, graphWithTail), size, size, size, size, (drawing, width, height, across, down) => {
        const graph = drawn(drawing);
        const fused = fuse(graph);
        const of = findTail(fused);
        outcomes[of ? "windowed" : "whole"]++;
        if (!of) return;
        const window = {
          of,
          width: Math.min(across, width) * of.trunkScale,
          height: Math.min(down, height) * of.trunkScale,
        };
        expectSound(graph, (options) => planMemory(fused, width, height, { ...options, tail: window }));
      }),
      cases(400),
    );
    expect(outcomes.windowed).toBeGreaterThan(outcomes.whole / 4);
  });
});
