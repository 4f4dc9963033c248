// Owns how messages show what was given in place of what is wanted.

/** A value as messages show it, whatever it is: JSON has no NaN, and throws for what holds itself. */
export function shown(value: unknown): string {
  if (typeof value !== "object" || value === null) return shownInside(value);
  if (Array.isArray(value)) return `[${value.slice(0, MOST_SHOWN).map(shownInside).join(", ")}]`;
  const entries = Object.entries(value).slice(0, MOST_SHOWN);
  return entries.length === 0
    ? "{}"
    : `{ ${entries.map(([name, each]) => `${name}: ${shownInside(each)}`).join(", ")} }`;
}

const MOST_SHOWN = 4;

function shownInside(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "function" ? "a function" : String(value);
}
