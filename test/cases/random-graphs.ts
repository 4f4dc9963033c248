// Owns graphs drawn at random from a seed: every operation, values used once, often and never, at several scales.

import type { Graph, ValueId } from "../../src/graph/graph.js";
import { LEAKY, RandomGraph } from "./graphs.js";
import { type Random, seededRandom } from "./random.js";

interface Drawn {
  readonly id: ValueId;
  readonly scale: number;
}

const MAX_SCALE = 4;

/** A graph of about `length` operations on a picture of 1 to 5 channels. */
export function randomGraph(seed: number, length = 12): Graph {
  const random = seededRandom(seed);
  const g = new RandomGraph(seed);
  const below = (count: number) => random() % count;
  const made: Drawn[] = [{ id: g.input(1 + below(5)), scale: 1 }];
  const add = (id: ValueId, scale: number) => made.push({ id, scale });
  for (let step = 0; step < length; step++) {
    const x = recent(made, random);
    const peers = made.filter((other) => other.scale === x.scale);
    switch (below(8)) {
      case 0:
      case 1:
        add(g.conv(x.id, 1 + below(9), { activation: below(2) ? LEAKY : "prelu", kernel: 1 + 2 * below(3) }), x.scale);
        break;
      case 2:
      case 3: {
        const inputs = Array.from({ length: 2 + below(4) }, () => recent(peers, random).id);
        add(g.conv(inputs, 1 + below(9)), x.scale);
        break;
      }
      case 4: {
        const alike = peers.filter((other) => g.channels(other.id) === g.channels(x.id));
        const sum = g.scaledAdd(g.conv(x.id, g.channels(x.id)), 0.2, recent(alike, random).id);
        add(below(2) ? sum : g.scaledAdd(recent(alike, random).id, 0.5, sum), x.scale);
        break;
      }
      case 5:
        if (x.scale * 2 <= MAX_SCALE) {
          const up = g.upsample(x.id, 2);
          add(below(2) ? up : g.conv(up, 1 + below(5), { activation: LEAKY }), x.scale * 2);
        }
        break;
      case 6:
        if (x.scale * 2 <= MAX_SCALE) {
          const shuffled = g.pixelShuffle(g.conv(x.id, 4 * (1 + below(5))), 2, below(2) ? "pytorch" : "tensorflow");
          add(shuffled, x.scale * 2);
        }
        break;
      case 7:
        add(
          below(2)
            ? g.activate(x.id, below(2) ? LEAKY : { kind: "tanh" })
            : g.concat(peers.slice(-3).map(({ id }) => id)),
          x.scale,
        );
        break;
    }
  }
  const last = made.at(-1)!;
  const peers = made.filter((other) => other.scale === last.scale).slice(-4);
  return g.build(
    g.conv(
      peers.map(({ id }) => id),
      3,
    ),
  );
}

/** Mostly one of the last few. */
function recent(values: readonly Drawn[], random: Random): Drawn {
  const back = random() % Math.min(values.length, random() % 4 === 0 ? values.length : 3);
  return values[values.length - 1 - back]!;
}
