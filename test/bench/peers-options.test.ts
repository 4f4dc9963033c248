import { describe, expect, test } from "vitest";
import { parseOptions, UsageError } from "../../bench/peers/options.js";

describe("options of bench:peers", () => {
  test("stand for a run of everything at 32x32", () => {
    expect(parseOptions([])).toEqual({
      help: false,
      size: 32,
      repeats: 3,
      peers: ["esrgan-webgpu", "ort-wasm", "tfjs-webgpu", "ort-webgpu", "ncnn"],
      networks: ["anime-6b", "esrgan-thick"],
      thick: undefined,
      adapter: "auto",
      browser: undefined,
      node: undefined,
      serve: false,
      ncnn: undefined,
      ncnnModels: undefined,
      ncnnAdapter: undefined,
      json: undefined,
    });
  });

  test("keep the order of peers, whatever order they are named in", () => {
    expect(parseOptions(["--only", "ort-webgpu, esrgan-webgpu"]).peers).toEqual(["esrgan-webgpu", "ort-webgpu"]);
  });

  test.each([
    [["--size", "0"], 'The option --size is "0", but has to be a whole number from 1 to 512'],
    [["--size", "513"], 'The option --size is "513", but has to be a whole number from 1 to 512'],
    [["--repeats", "1e2"], 'The option --repeats is "1e2", but has to be a whole number from 1 to 1000'],
    [["--only", "ours"], 'The option --only names "ours", but there are only esrgan-webgpu, ort-wasm, tfjs-webgpu'],
    [["--networks", "x4plus"], 'The option --networks names "x4plus", but there are only anime-6b, esrgan-thick'],
    [["--adapter", "lavapipe"], 'The option --adapter names "lavapipe", but there are only auto, gpu, swiftshader'],
    [["--adapter", "gpu,swiftshader"], "The option --adapter takes one name, got gpu,swiftshader"],
    [["--node", "nvidia", "--serve"], "The options --node and --serve exclude each other"],
    [["--sizes", "3"], "--sizes"],
    [["picture.png"], "picture.png"],
  ])("refuses %j", (words, message) => {
    const parse = () => parseOptions(words);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
  });
});
