// What results are called where the command line names no file. Owns what a template's placeholders stand for; folders are output-path.ts.
import { basename } from "node:path";
import { type NAME_PARTS, NAME_PLACEHOLDER, type WeightedModel } from "./cli-arguments.js";

/** What the placeholders stand for. */
export type NameParts = Readonly<Record<(typeof NAME_PARTS)[number], string>>;

/** A result's name without its ending. */
export function resultName(template: string, parts: NameParts): string {
  return template.replace(NAME_PLACEHOLDER, (_, name: keyof NameParts) => parts[name]);
}

/** Models as part of a file's name: without folders, endings, and what some systems' names cannot have. */
export function modelStem(models: readonly WeightedModel[]): string {
  const stem = ({ name }: WeightedModel) => basename(name).replace(/\.(?:safetensors|pth|pt)$/i, "");
  const [first] = models;
  const all = models.length === 1 ? stem(first!) : models.map((each) => `${stem(each)}-${each.weight}`).join("+");
  return all.replaceAll(":", "-");
}
