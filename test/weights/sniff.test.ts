// What is given for weights by mistake is called by its name.

import { describe, expect, it } from "vitest";
import { loadModel } from "../../src/models/bundled.js";
import { refuseOtherKinds } from "../../src/weights/sniff.js";
import { compactWeights } from "../cases/networks.js";
import { serializeSafetensors } from "./safetensors-file.js";

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const LFS = `version https://git-lfs.github.com/spec/v1\noid sha256:${"ab".repeat(32)}\nsize 67040989\n`;

describe("refuseOtherKinds", () => {
  it.each([
    ["an empty file", "", "bad-weights", /^It is empty, expected a .safetensors file: download it again$/],
    ["a page", "<!DOCTYPE html><title>app</title>", "bad-weights", /^It is an HTML page, not weights: .*check the ad/],
    ["a page after a mark and lines", "\xef\xbb\xbf\n <html lang=en>", "bad-weights", /^It is an HTML page/],
    ["an answer of storage", '<?xml version="1.0"?><Error/>', "bad-weights", /^It is an XML document, .*check the ad/],
    ["a pointer", LFS, "bad-weights", /^It is a Git LFS pointer, .*: run git lfs pull, or download the file itself$/],
    ["ONNX of PyTorch", "\x08\x08\x12\x07pytorch\x1a\x052.1.0", "unsupported-model", /^It is an ONNX model, .*convert/],
    ["ONNX with its opset first", "\x08\x07\x42\x02\x10\x11:\xff", "unsupported-model", /^It is an ONNX model, /],
    ["PNG", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "bad-weights", /^It is a picture \(PNG\), not weights: /],
    ["JPEG", "\xff\xd8\xff\xe0\0\x10JFIF", "bad-weights", /^It is a picture \(JPEG, GIF or WebP\), not weights: /],
    ["WebP", "RIFF\x10\0\0\0WEBPVP8 ", "bad-weights", /^It is a picture \(JPEG, GIF or WebP\), not weights: /],
    ["TF.js", '{"modelTopology":{},"weightsManifest":[]}', "unsupported-model", /^It is a TF.js model.json, .*convert/],
    ["TF.js by its format", '{ "format": "layers-model" }', "unsupported-model", /^It is a TF.js model.json, /],
    ["JSON", '{"error":"no such model"}', "bad-weights", /^It is a JSON document that begins with "\{"error":"no such/],
    ["ncnn", "7767517\n79 99\nInput data 0 1", "unsupported-model", /^It is the .param of an ncnn model, .*its .bin$/],
    ["HDF5", "\x89HDF\r\n\x1a\n\0\0", "unsupported-model", /^It is an HDF5 file, /],
    ["gzip", "\x1f\x8b\x08\0\0\0\0\0\0\x03", "bad-weights", /^It is compressed with gzip: decompress it, or /],
    [
      "a text",
      "Entry not found",
      "bad-weights",
      /^It is a text that begins with "Entry not found", not weights: check/,
    ],
    [
      "anything",
      "\xde\xad\xbe\xef\0\x01\x02\xff\xfe",
      "bad-weights",
      /^It is no .*begins with the bytes de ad be ef 00 01/,
    ],
  ])("%s", (_, text, code, message) => {
    let error: unknown;
    try {
      refuseOtherKinds(bytes(text), "It");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect((error as Error).message).not.toMatch(/[\n\p{Cc}]/u);
  });

  it("leaves checkpoints alone, and zip archives and pickles, which their parser refuses", () => {
    for (const start of ["PK\x03\x04\x14\0\0\0", "\x80\x02\x8a\nl\xfc\x9cF\xf9"]) {
      expect(() => refuseOtherKinds(bytes(start), "It")).not.toThrow();
    }
  });

  it("leaves safetensors alone, however their length begins", () => {
    expect(() => refuseOtherKinds(serializeSafetensors(compactWeights({ scale: 2 })), "It")).not.toThrow();
    // As a pickle of protocol 2, an ONNX model, gzip and a zip archive would.
    for (const start of ["\x80\x02\0\0", "\x08\x08\x12\0", "\x1f\x8b\0\0", "PK\x03\x04"]) {
      expect(() => refuseOtherKinds(bytes(`${start}\0\0\0\0{"`), "It")).not.toThrow();
    }
  });
});

describe("loadModel", () => {
  const page = bytes("<!doctype html><title>app</title>");

  it.each([
    ["a file", () => new File([page], "x4.safetensors"), /^The model file x4.safetensors is an HTML page/],
    ["a Blob", () => new Blob([page]), /^The Blob is an HTML page/],
    ["a Response", () => new Response(page), /^The Response is an HTML page/],
    ["bytes", () => page, /^What was given as weights is an HTML page/],
    ["a data: URL", () => "data:text/html,<html>", /^The model at data:text\/html,<html>\.\.\. is an HTML page/],
  ])("says of %s what it is", async (_, source, message) => {
    await expect(loadModel(source())).rejects.toMatchObject({
      code: "bad-weights",
      message: expect.stringMatching(message),
    });
  });

  it("says which file has broken weights, and keeps the cause", async () => {
    const whole = serializeSafetensors(compactWeights({ scale: 2 }));
    const file = new File([whole.slice(0, -4)], "cut.safetensors");
    await expect(loadModel(file)).rejects.toMatchObject({
      code: "bad-weights",
      message: expect.stringMatching(/^The model file cut.safetensors cannot be used: The safetensors tensors end at/),
      cause: { code: "bad-weights" },
    });
  });
});
