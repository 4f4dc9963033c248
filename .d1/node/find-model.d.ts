import { type Model } from "../index.js";
import type { WeightedModel } from "./cli-arguments.js";
/** The one model, or the mixture of several. @throws EsrganError "unsupported-model", "bad-weights" or "bad-input" */
export declare function findModel(models: readonly WeightedModel[]): Promise<Model>;
/** What the models are called where nobody needs to know in which folder they lie. */
export declare function modelTitle(models: readonly WeightedModel[]): string;
