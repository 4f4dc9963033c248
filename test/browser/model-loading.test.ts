// Models by URL with a browser's own requests and Cache Storage: what is kept, what is asked again, what works offline. And the device that
// a page opens.

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { compactWeights } from "../cases/networks.js";
import { legacyPthFile, pthFile, storedTensors } from "../weights/pth-file.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";
import { useModulePage } from "./module-page.js";

/** What the page has as a global. */
declare const page: typeof import("./model-loading-page.js");

const GOOD = serializeSafetensors(compactWeights({ scale: 2 }));
const OTHER = serializeSafetensors(compactWeights({ scale: 3 }));
const SHA256 = createHash("sha256").update(GOOD).digest("hex");
const CORS = { "access-control-allow-origin": "*" };

const opened = useModulePage("model-loading-page.ts");

// Of another origin than the page, which is the harder case.
let server: Server;
let url = "";
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let requests: IncomingMessage[];

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await listen(0);
});
afterAll(() => stop());
beforeEach(async () => {
  requests = [];
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${Math.random()}.safetensors`;
  opened().complaints.length = 0;
  await opened().page.evaluate(() => page.forgetAll());
});

async function listen(port: number): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function stop(): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** A file with a tag, as servers answer for it. */
function file(body: Uint8Array, etag: string): typeof answer {
  const headers = { ...CORS, etag, "access-control-expose-headers": "etag" };
  return (request, response) => {
    if (request.headers["if-none-match"] === etag) response.writeHead(304, headers).end();
    else response.writeHead(200, { ...headers, "content-length": body.byteLength }).end(body);
  };
}

const load = (options = {}, from = url) => opened().page.evaluate((...given) => page.load(...given), from, options);
const keptUrls = () => opened().page.evaluate(() => page.keptUrls());

test("a good model is kept, asked for by its tag, replaced by another, and works offline", async () => {
  answer = file(GOOD, '"1"');
  expect(await load()).toEqual({ scale: 2, progress: { loaded: GOOD.length, total: GOOD.length } });
  await expect.poll(keptUrls).toEqual([url]);
  expect(await load()).toEqual({ scale: 2, progress: { loaded: GOOD.length, total: GOOD.length } });
  expect(requests.map(({ method, headers }) => [method, headers["if-none-match"]])).toEqual([
    ["GET", undefined],
    ["GET", '"1"'],
  ]);
  answer = file(OTHER, '"2"');
  expect(await load()).toMatchObject({ scale: 3 });
  const { port } = server.address() as AddressInfo;
  await stop();
  try {
    expect(await load()).toMatchObject({ scale: 3 });
    expect(await load({ cache: false }, url.replace(/\d+.safetensors/, "other.safetensors"))).toMatchObject({
      code: "network",
      message: expect.stringMatching(/ cannot be fetched: it is out of reach \(Failed to fetch\)$/),
    });
  } finally {
    await listen(port);
  }
});

test("checkpoints of PyTorch are read as they are, and kept", async () => {
  const wrapped = { params_ema: storedTensors(compactWeights({ scale: 2 })) };
  for (const [checkpoint, name] of [
    [pthFile(wrapped), "a.pth"],
    [legacyPthFile(wrapped), "b.pt"],
  ] as const) {
    const from = url.replace(/[^/]+$/, name);
    answer = file(checkpoint, '"1"');
    expect(await load({}, from)).toMatchObject({ scale: 2 });
    await expect.poll(keptUrls).toContain(from);
    answer = file(checkpoint.subarray(0, -9), '"2"');
    expect(await load({}, from)).toMatchObject({
      code: "bad-weights",
      message: expect.stringMatching(/The checkpoint /),
    });
  }
});

test("a model with its SHA-256 is asked for once, whatever its address", async () => {
  answer = file(GOOD, '"1"');
  expect(await load({ sha256: SHA256 })).toMatchObject({ scale: 2 });
  expect(await load({ sha256: SHA256 }, url.replace("0.", "1."))).toMatchObject({ scale: 2 });
  expect(requests).toHaveLength(1);
  await expect.poll(keptUrls).toEqual([`${opened().server.url}.esrgan-webgpu/sha256/${SHA256}`]);
});

test("a model is there while it is still being kept, for the next load too", async () => {
  answer = file(GOOD, '"1"');
  await opened().page.evaluate(() => page.holdWrites());
  expect(await load({ sha256: SHA256 })).toMatchObject({ scale: 2 });
  expect(await load({ sha256: SHA256 })).toMatchObject({ scale: 2 });
  expect(requests).toHaveLength(1);
  expect(await keptUrls()).toEqual([]);
  await opened().page.evaluate(() => page.releaseWrites());
  await expect.poll(keptUrls).toHaveLength(1);
});

test("an HTML answer and a wrong SHA-256 are not kept, and the file is there once it is served", async () => {
  answer = (_, response) => response.writeHead(200, { ...CORS, "content-type": "text/html" }).end("<!doctype html>");
  expect(await load()).toMatchObject({
    code: "bad-weights",
    message: expect.stringMatching(/^The model at http:.* is an HTML page, not weights: .*check the address/),
  });
  expect(await keptUrls()).toEqual([]);
  answer = file(OTHER, '"1"');
  expect(await load({ sha256: SHA256 })).toMatchObject({
    code: "bad-weights",
    message: expect.stringContaining(`expected ${SHA256}`),
  });
  expect(await keptUrls()).toEqual([]);
  answer = file(GOOD, '"2"');
  expect(await load({ sha256: SHA256 })).toMatchObject({ scale: 2 });
  expect(await load()).toMatchObject({ scale: 2 });
  await expect.poll(keptUrls).toHaveLength(2);
});

test("what was kept and is no model is evicted", async () => {
  await opened().page.evaluate((at) => page.keep(at, "<!doctype html>"), url);
  answer = (_, response) => response.writeHead(503).end();
  expect(await load()).toMatchObject({ code: "network" });
  await expect.poll(keptUrls).toEqual([]);
});

test("a compressed transfer has a total where the server says it, and is no fault where it does not", async () => {
  const body = gzipSync(GOOD);
  const headers = { ...CORS, "content-encoding": "gzip", "content-length": body.byteLength };
  answer = (_, response) => response.writeHead(200, headers).end(body);
  expect(await load({ cache: false })).toMatchObject({ scale: 2, progress: { loaded: GOOD.length } });
  const said = { "x-file-size": GOOD.length, "access-control-expose-headers": "x-file-size" };
  answer = (_, response) => response.writeHead(200, { ...headers, ...said }).end(body);
  expect(await load({ cache: false })).toEqual({ scale: 2, progress: { loaded: GOOD.length, total: GOOD.length } });
});

test("a server that does not let the page read is told from one that is not there", async () => {
  answer = (_, response) => response.writeHead(200).end(GOOD);
  expect(await load()).toMatchObject({
    code: "network",
    message: expect.stringMatching(/its server does not let pages of http:\/\/127.0.0.1:\d+ read it \(CORS\): /),
  });
});

test("an error arrives in another thread with its code and message", async () => {
  const posted = await opened().page.evaluate(() => page.postedError());
  expect(posted).toEqual({ code: "network", message: "The model is out of reach", isOurs: true });
});

test("a software adapter is told, and opened where it is allowed", async () => {
  const support = await opened().page.evaluate(() => page.support());
  expect(support).toMatchObject({ supported: true, software: true });
  expect(support.reason).toMatch(/^The only WebGPU adapter is software \(.*\), which computes on the CPU and is slow$/);
  expect(await opened().page.evaluate(() => page.opened({}))).toMatchObject({
    code: "unsupported-device",
    message: `${support.reason}: allowSoftware takes it all the same`,
  });
  expect(await opened().page.evaluate(() => page.opened({ allowSoftware: true }))).toMatchObject({
    software: true,
    lost: "destroyed",
  });
});
