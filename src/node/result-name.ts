// What results are called where the command line names no file. Owns the template's placeholders; folders are output-path.ts.
import { basename } from "node:path";
import type { WeightedModel } from "./cli-arguments.js";
import { UsageError } from "./usage-error.js";

export const DEFAULT_NAME = "{stem}-{scale}x";

const PLACEHOLDER = /\{([^{}]*)\}/g;
const NAMES = ["stem", "scale", "model"] as const;

/** What the placeholders stand for. */
export type NameParts = Readonly<Record<(typeof NAMES)[number], string>>;

/** A template that resultName takes. @throws UsageError for a placeholder that there is none of, or a name with folders */
export function parseNameTemplate(words: string): string {
  const known: readonly string[] = NAMES;
  const unknown = Array.from(words.matchAll(PLACEHOLDER), ([, name]) => name!).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`The option --name has {${unknown}}, but can only have {stem}, {scale} and {model}`);
  }
  if (/[\\/]/.test(words)) {
    throw new UsageError(`The option --name is "${words}", but a name has no folders; the output's folder is -o`);
  }
  return words;
}

/** A result's name without its ending. */
export function resultName(template: string, parts: NameParts): string {
  return template.replace(PLACEHOLDER, (_, name: keyof NameParts) => parts[name]);
}

/** Models as part of a file's name: without folders, endings, and what some systems' names cannot have. */
export function modelStem(models: readonly WeightedModel[]): string {
  const stem = ({ name }: WeightedModel) => basename(name).replace(/\.(?:safetensors|pth|pt)$/i, "");
  const [first] = models;
  const all = models.length === 1 ? stem(first!) : models.map((each) => `${stem(each)}-${each.weight}`).join("+");
  return all.replaceAll(":", "-");
}
