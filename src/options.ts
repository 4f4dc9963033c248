// Owns the refusal of options: of names that are not known, as a misspelt one would be left out without a word, and of values of another
// type, for those names that mean the same in every call.

import { EsrganError } from "./errors.js";

/** What `typeof` gives for options of these names, whichever call takes them. */
const TYPES: Readonly<Record<string, string>> = {
  adapter: "string",
  allowSoftware: "boolean",
  cache: "boolean",
  name: "string",
  software: "boolean",
};

const LISTS: readonly string[] = ["features", "dawnOptions"];

/**
 * Refuses what is not an object, properties that are not among `known`, and values of a wrong type where the name says which is right.
 * @throws EsrganError "bad-input" naming the property, and the known one that it is most like
 */
export function requireOptions(options: unknown, known: readonly string[], what: string): void {
  if (typeof options !== "object" || options === null) {
    throw new EsrganError("bad-input", `The options of ${what} must be an object, got ${typeName(options)}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name))
      throw new EsrganError("bad-input", `${what} has no option ${name}, ${hint(name, known)}`);
    const wanted = value === undefined ? undefined : wantedInstead(name, value);
    if (wanted) throw new EsrganError("bad-input", `${name} must be ${wanted}, got ${typeName(value)}`);
  }
}

/** What an option of this name must be, where `value` is not. */
function wantedInstead(name: string, value: unknown): string | undefined {
  const type = /^on[A-Z]/.test(name) ? "function" : TYPES[name];
  if (type) return typeof value === type ? undefined : `a ${type}`;
  if (name === "signal") {
    return typeof (value as AbortSignal | null)?.throwIfAborted === "function" ? undefined : "an AbortSignal";
  }
  const isOfStrings = () => Object.values(value as object).every((each) => typeof each === "string");
  if (LISTS.includes(name)) return Array.isArray(value) && isOfStrings() ? undefined : "an array of strings";
  if (name !== "stated") return undefined;
  return typeof value === "object" && value !== null && isOfStrings() ? undefined : "an object of strings";
}

/** What messages call something of the wrong type. */
export function typeName(value: unknown): string {
  return value === null ? "null" : typeof value;
}

function hint(name: string, known: readonly string[]): string {
  const meant = nearestOf(name, known);
  return meant ? `did you mean ${meant}?` : `it takes ${known.join(", ")}`;
}

/** The known name that a misspelt one may be meant for, if there is one. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  const [nearest] = [...known].sort((a, b) => distance(a, name) - distance(b, name));
  return nearest && distance(nearest, name) <= Math.min(3, name.length / 2) ? nearest : undefined;
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
