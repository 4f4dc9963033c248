// Owns damage to files: what happens to them by accident, and what somebody might do to them on purpose. Which files, and
// what must come of them, is each test's.

import fc from "fast-check";

/** A place in a file of any length: from its end where negative. */
type Place = number;

export type Mutation =
  | { readonly kind: "flip"; readonly at: Place; readonly bit: number }
  | { readonly kind: "cut"; readonly at: Place }
  | { readonly kind: "remove"; readonly at: Place; readonly count: number }
  | { readonly kind: "insert"; readonly at: Place; readonly bytes: Uint8Array }
  | { readonly kind: "copy"; readonly at: Place; readonly from: Place; readonly count: number }
  | { readonly kind: "word"; readonly at: Place; readonly value: bigint; readonly bytes: number; readonly big: boolean }
  | { readonly kind: "number"; readonly at: Place; readonly text: string };

// Heads and, of archives, tails are where files say how long they are.
const place: fc.Arbitrary<Place> = fc.oneof(
  fc.nat(64),
  fc.nat(2048),
  fc.nat(2 ** 20),
  fc.integer({ min: -300, max: -1 }),
);

const EXTREMES = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n,
];

const NUMBERS = [
  "0",
  "-1",
  "7",
  "65536",
  "2147483648",
  "1e9",
  "1.5",
  "9007199254740992",
  "null",
  '""',
  "[]",
  "{}",
  "NaN",
];

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("flip" as const), at: place, bit: fc.nat(7) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), at: place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), at: place, count: fc.nat(64) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("insert" as const), at: place, bytes: fc.uint8Array({ maxLength: 16 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("copy" as const), at: place, from: place, count: fc.nat(256) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("word" as const),
      at: place,
      value: fc.constantFrom(...EXTREMES),
      bytes: fc.constantFrom(1, 2, 4, 8),
      big: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("number" as const), at: place, text: fc.constantFrom(...NUMBERS) }),
  },
);

/** A few mutations, one after another. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(mutation, { minLength: 1, maxLength: 4 });

/** A damaged copy of `file`. */
export function mutated(file: Uint8Array, changes: readonly Mutation[]): Uint8Array {
  return changes.reduce((bytes, change) => apply(Buffer.from(bytes), change), file).slice();
}

function apply(file: Buffer, change: Mutation): Uint8Array {
  if (file.length === 0) return change.kind === "insert" ? change.bytes : file;
  const at = placeIn(file, change.at);
  const [before, after] = [file.subarray(0, at), file.subarray(at)];
  switch (change.kind) {
    case "flip":
      file[at]! ^= 1 << change.bit;
      return file;
    case "cut":
      return before;
    case "remove":
      return Buffer.concat([before, after.subarray(change.count)]);
    case "insert":
      return Buffer.concat([before, change.bytes, after]);
    case "copy": {
      const from = placeIn(file, change.from);
      return Buffer.concat([before, file.subarray(from, from + change.count), after]);
    }
    case "word": {
      const word = Buffer.alloc(8);
      word.writeBigUInt64LE(change.value);
      const bytes = word.subarray(0, change.bytes);
      after.set((change.big ? bytes.reverse() : bytes).subarray(0, after.length));
      return file;
    }
    case "number": {
      const digits = /\d+/.exec(after.subarray(0, 4096).toString("latin1"));
      if (!digits) return file;
      const end = digits.index + digits[0].length;
      return Buffer.concat([before, after.subarray(0, digits.index), Buffer.from(change.text), after.subarray(end)]);
    }
  }
}

function placeIn(file: Uint8Array, at: Place): number {
  return ((at % file.length) + file.length) % file.length;
}
