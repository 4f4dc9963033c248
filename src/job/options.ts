// Owns the refusal of options that are not known: a misspelt one would be left out without a word.

import { EsrganError } from "../errors.js";

/**
 * Refuses what is not an object, and properties that are not among `known`.
 * @throws EsrganError "bad-input" naming the property, and the known one that it is most like
 */
export function requireKnown(options: unknown, known: readonly string[], what: string): void {
  if (typeof options !== "object" || options === null) {
    const got = options === null ? "null" : typeof options;
    throw new EsrganError("bad-input", `The options of ${what} must be an object, got ${got}`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const [nearest] = [...known].sort((a, b) => distance(a, name) - distance(b, name));
    const hint = nearest && distance(nearest, name) <= 3 ? `did you mean ${nearest}?` : `it takes ${known.join(", ")}`;
    throw new EsrganError("bad-input", `${what} has no option ${name}, ${hint}`);
  }
}

/** The fewest letters to add, take away or change (Levenshtein), whatever their case. */
function distance(a: string, b: string): number {
  const [from, to] = [a.toLowerCase(), b.toLowerCase()];
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
