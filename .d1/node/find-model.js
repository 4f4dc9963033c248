// Owns what the command line may call a model: a name, a file, or several of them mixed.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { BUNDLED_MODELS, EsrganError, interpolateModels, loadModel } from "../index.js";
/** The one model, or the mixture of several. @throws EsrganError "unsupported-model", "bad-weights" or "bad-input" */
export async function findModel(models) {
    const loaded = await Promise.all(models.map(({ name }) => findOne(name)));
    if (models.length === 1)
        return loaded[0];
    return interpolateModels(models.map(({ weight }, index) => ({ model: loaded[index], weight })));
}
/** What the models are called where nobody needs to know in which folder they lie. */
export function modelTitle(models) {
    const [first] = models;
    if (models.length === 1)
        return basename(first.name);
    return models.map(({ name, weight }) => `${basename(name)}:${weight}`).join("+");
}
async function findOne(nameOrFile) {
    if (Object.hasOwn(BUNDLED_MODELS, nameOrFile))
        return loadModel(nameOrFile);
    let bytes;
    try {
        bytes = await readFile(nameOrFile);
    }
    catch (cause) {
        const isMissing = cause.code === "ENOENT";
        const names = Object.keys(BUNDLED_MODELS).join(", ");
        const message = isMissing
            ? `There is no model named ${nameOrFile} (there are ${names}), nor a file of that name`
            : `The model file ${nameOrFile} cannot be read (${cause.code})`;
        throw new EsrganError("unsupported-model", message, { cause });
    }
    if (isCheckpoint(bytes)) {
        throw new EsrganError("unsupported-model", `The model file ${nameOrFile} is a PyTorch checkpoint, which this package's tools/convert-weights.py converts: ` +
            `python3 tools/convert-weights.py ${nameOrFile} -o model.safetensors`);
    }
    try {
        return await loadModel(bytes, { name: nameOrFile });
    }
    catch (error) {
        if (!(error instanceof EsrganError))
            throw error;
        throw new EsrganError(error.code, `The model file ${nameOrFile} cannot be used: ${error.message}`, {
            cause: error,
        });
    }
}
/** Whether the file starts as a zip archive or a pickle does; a .safetensors file starts with its header's length, a small number. */
function isCheckpoint(bytes) {
    const [first, second] = bytes;
    return ((first === 0x50 && second === 0x4b) ||
        (first === 0x80 && second !== undefined && second >= 2 && second <= 5 && bytes[7] !== 0));
}
