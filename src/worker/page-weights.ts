// Stands for models/named-weights.ts in the package's worker script, where the page finds the models: a script that imports nothing is one file
// for every bundler, and import maps, by which companion packages are found, do not hold in workers.

import { EsrganError } from "../errors.js";
import type { namedWeights as named } from "../models/named-weights.js";

export const namedWeights: typeof named = async (name) => {
  throw new EsrganError("internal", `The worker was not sent the weights of the model "${name}"`);
};
