// tools/convert-weights.py on checkpoints as well-known implementations save them: it asks for what they leave open, and what it writes makes the
// picture that their code makes. test/models/implementations.test.ts is the library's side. Needs python3.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import { readModel } from "../../src/models/model.js";
import { IMPLEMENTATIONS, pictureFor, savedWeights } from "../cases/implementations.js";
import { randomTensor, seededRandom } from "../cases/random.js";
import { legacyPthFile, storedTensors } from "../weights/pth-file.js";
import { useConverter } from "./converter-process.js";

const tools = useConverter("implementations-");

const random = randomTensor(seededRandom(9), { channels: 3, height: 4, width: 3 });

describe.each(IMPLEMENTATIONS)("$name", (each) => {
  it("is converted, and makes the picture that its code makes", async () => {
    const { architecture, scale, blocks, stated, weights, run } = each;
    const [input, output] = [join(tools.folder, "net.pth"), join(tools.folder, "net.safetensors")];
    writeFileSync(input, legacyPthFile({ params_ema: storedTensors(savedWeights(each)) }));
    const options = Object.entries(stated).flatMap(([fact, value]) => [`--${fact.replaceAll("_", "-")}`, value]);
    const convert = [input, "-o", output, "--dtype", "f32"];
    const asked = options.filter(
      (option) => option.startsWith("--") && (architecture !== "msrresnet" || option !== "--scale"),
    );
    if (asked.length > 0) {
      const { status, stderr } = await tools.converter.ask({ convert });
      expect(status).toBe(1);
      expect(asked.filter((option) => !stderr?.includes(`${option} `))).toEqual([]);
    }
    expect(await tools.converter.ask({ convert: [...convert, ...options] })).toMatchObject({ status: 0, stderr: "" });
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
