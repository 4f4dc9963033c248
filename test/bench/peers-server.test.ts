import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Job } from "../../bench/peers/job.js";
import { fileOf, type Server, startServer } from "../../bench/peers/server.js";

const JOB: Job = { size: 8, repeats: 1, peers: ["ort-wasm"], networks: [{ name: "net", weights: "/w" }] };
const said: string[] = [];
let folder: string;
let server: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "peers-server-"));
  mkdirSync(join(folder, "open/inner"), { recursive: true });
  writeFileSync(join(folder, "secret.js"), "secret");
  writeFileSync(join(folder, "open/inner/a.mjs"), "export {}");
  writeFileSync(join(folder, "index.html"), "<!doctype html>");
  const mounts = { "/index.html": join(folder, "index.html"), "/open/": join(folder, "open") };
  server = await startServer({ job: JOB, mounts, onProgress: (line) => said.push(line) });
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const get = (path: string, options?: RequestInit) => fetch(new URL(path, server.url), options);

describe("the peers' server", () => {
  test("gives the page with the headers that threads need", async () => {
    const response = await get(server.url);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/html",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    });
  });

  test("gives modules and the job as what they are", async () => {
    const module = await get("/open/inner/a.mjs");
    expect([module.headers.get("content-type"), await module.text()]).toEqual(["text/javascript", "export {}"]);
    expect(await (await get("/job.json")).json()).toEqual(JOB);
  });

  test.each(["/secret.js", "/open/", "/open/..%2fsecret.js", "/open/inner", "/index.htm", "/"])(
    "has nothing at %s",
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  test("takes progress and rows", async () => {
    const rows = [{ network: "net", peer: "ort-wasm", failure: "none" }];
    await get("/progress", { method: "POST", body: "half way" });
    await get("/rows", { method: "POST", body: JSON.stringify(rows) });
    expect(said).toEqual(["half way"]);
    expect(await server.rows).toEqual(rows);
  });
});

test("fileOf never leaves a folder", () => {
  const mounts = { "/open/": "/data/open" };
  expect(fileOf("/open/a/../b", mounts)).toBe(join("/data/open", "b"));
  for (const path of ["/open/../x", "/open/a/../../x", "/open//x", "/opened/x", "/open"]) {
    expect(fileOf(path, mounts), path).toBeUndefined();
  }
});
