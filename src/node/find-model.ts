// Owns what the command line may call a model: a name, a file, or several of them mixed.
import { basename } from "node:path";
import { BUNDLED_MODELS, EsrganError, interpolateModels, isModelName, loadModel, type Model } from "../index.js";
import type { WeightedModel } from "./cli-arguments.js";

/** The one model, or the mixture of several. @throws EsrganError "unsupported-model", "bad-weights" or "bad-input" */
export async function findModel(models: readonly WeightedModel[]): Promise<Model> {
  const loaded = await Promise.all(models.map(({ name }) => findOne(name)));
  if (models.length === 1) return loaded[0]!;
  return interpolateModels(models.map(({ weight }, index) => ({ model: loaded[index]!, weight })));
}

/** What the models are called where nobody needs to know in which folder they lie. */
export function modelTitle(models: readonly WeightedModel[]): string {
  const [first] = models;
  if (models.length === 1) return basename(first!.name);
  return models.map(({ name, weight }) => `${basename(name)}:${weight}`).join("+");
}

async function findOne(nameOrFile: string): Promise<Model> {
  if (isModelName(nameOrFile)) return loadModel(nameOrFile);
  try {
    return await loadModel(asPath(nameOrFile), { name: nameOrFile });
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    const names = Object.keys(BUNDLED_MODELS).join(", ");
    const message = `There is no model named ${nameOrFile} (there are ${names}), nor a file of that name`;
    throw new EsrganError("unsupported-model", message, { cause });
  }
}

/** As loadModel takes for a path what is neither like a name nor like a URL. */
function asPath(file: string): string {
  return !/[./\\]/.test(file) || /^[a-z][a-z\d+.-]+:/i.test(file) ? `./${file}` : file;
}

function isMissing(error: unknown): boolean {
  const cause = error instanceof EsrganError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return cause?.code === "ENOENT";
}
