// tools/convert-weights.py on checkpoints as well-known implementations save them: it asks for what they leave open, and what it writes makes the
// picture that their code makes. test/models/implementations.test.ts is the library's side. Needs python3.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import { readModel } from "../../src/models/model.js";
import { IMPLEMENTATIONS, pictureFor, savedWeights } from "../cases/implementations.js";
import { randomTensor, seededRandom } from "../cases/random.js";
import { legacyPthFile, storedTensors } from "../weights/pth-file.js";
import { ConverterProcess } from "./converter-process.js";

let converter: ConverterProcess;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "implementations-"));
  converter = new ConverterProcess();
});

afterAll(async () => {
  await converter.end();
  rmSync(folder, { recursive: true, force: true });
});

const random = randomTensor(seededRandom(9), { channels: 3, height: 4, width: 3 });

describe.each(IMPLEMENTATIONS)("$name", (each) => {
  it("is converted, and makes the picture that its code makes", async () => {
    const { architecture, scale, blocks, stated, weights, run } = each;
    const [input, output] = [join(folder, "net.pth"), join(folder, "net.safetensors")];
    writeFileSync(input, legacyPthFile({ params_ema: storedTensors(savedWeights(each)) }));
    const options = Object.entries(stated).flatMap(([fact, value]) => [`--${fact.replaceAll("_", "-")}`, value]);
    const convert = [input, "-o", output, "--dtype", "f32"];
    const asked = options.filter(
      (option) => option.startsWith("--") && (architecture !== "msrresnet" || option !== "--scale"),
    );
    if (asked.length > 0) {
      const { status, stderr } = await converter.ask({ convert });
      expect(status).toBe(1);
      expect(asked.filter((option) => !stderr?.includes(`${option} `))).toEqual([]);
    }
    expect(await converter.ask({ convert: [...convert, ...options] })).toMatchObject({ status: 0, stderr: "" });
    const { network } = await readModel(new Uint8Array(readFileSync(output)));
    expect(network).toMatchObject({ architecture, scale, blocks });
    const picture = pictureFor(each, random);
    const expected = run(weights, picture);
    const found = runOnCpu(network.graph, picture);
    expect(found.data.length).toBe(expected.data.length);
    const errors = found.data.map((value, i) => Math.abs(value - expected.data[i]!));
    expect(errors.reduce((a, b) => Math.max(a, b))).toBeLessThan(2e-5);
  });
});
