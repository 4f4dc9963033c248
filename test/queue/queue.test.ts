// examples/queue against a real redis-server: three workers, one of which is killed in the middle of a picture, make forty pictures, each once and
// each right.
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { upscaleOnCpu } from "../../src/cpu.js";
import { loadModel } from "../../src/index.js";
import { readPicture } from "../../src/node/read-picture.js";
import { seededRandom } from "../cases/random.js";
import { pngFile } from "../node/png.js";

const example = fileURLToPath(new URL("../../examples/queue", import.meta.url));
const installed = process.env.ESRGAN_QUEUE!;
const COUNT = 40;

const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-queue-"));
const processes: ChildProcess[] = [];
let env: NodeJS.ProcessEnv;

interface Said {
  event: string;
  input?: string;
  output?: string;
}

class WorkerProcess {
  readonly said: Said[] = [];
  readonly child = start(process.execPath, [join(installed, "worker.js")]);
  private rest = "";

  /** Kills itself, as it were, once it has begun so many. */
  constructor(private readonly killAt = Number.POSITIVE_INFINITY) {
    this.child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.rest + text).split("\n");
      this.rest = lines.pop()!;
      this.said.push(...lines.map((line) => JSON.parse(line) as Said));
      if (this.of("begun").length >= this.killAt) this.child.kill("SIGKILL");
    });
  }

  of(event: string): Said[] {
    return this.said.filter((each) => each.event === event);
  }
}

function start(command: string, words: string[]): ChildProcess {
  const child = spawn(command, words, { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"] });
  processes.push(child);
  return child;
}

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.on("close", resolve);
  });

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.on("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

let redisWords: string[];
let redis: ChildProcess;

/** One that keeps nothing. */
async function startRedis(): Promise<ChildProcess> {
  const server = start("redis-server", redisWords);
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.stdout!.on("data", (bytes: Buffer) => bytes.includes("Ready to accept") && resolve());
  });
  return server;
}

beforeAll(async () => {
  for (const name of readdirSync(example))
    if (name.endsWith(".js")) copyFileSync(join(example, name), join(installed, name));
  const port = await freePort();
  env = {
    ...process.env,
    QUEUE_REDIS: `redis://127.0.0.1:${port}`,
    QUEUE_ADAPTER: "SwiftShader",
    QUEUE_LOCK_MS: "6000",
  };
  redisWords = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  redis = await startRedis();
  const random = seededRandom(40);
  mkdirSync(join(folder, "in"));
  for (let i = 0; i < COUNT; i++) {
    const samples = Array.from({ length: 8 * 8 * 3 }, () => random() >>> 24);
    writeFileSync(join(folder, `in/${i}.png`), pngFile({ width: 8, height: 8, depth: 8, colourType: 2, samples }));
  }
  writeFileSync(join(folder, "in/bad.png"), "text");
});

afterAll(async () => {
  for (const child of processes) child.kill("SIGKILL");
  await Promise.all(processes.map(ended));
  rmSync(folder, { recursive: true, force: true });
});

test("three workers, one of them killed, make each picture once and right", async () => {
  const workers = [new WorkerProcess(3), new WorkerProcess(), new WorkerProcess()];
  // The one that is to die is at work before the others can have taken all.
  await expect.poll(() => workers.every((each) => each.of("ready").length === 1), { timeout: 60_000 }).toBe(true);
  const code = await ended(start(process.execPath, [join(installed, "add.js"), "in", "out"]));
  expect(code).toBe(1); // as one picture is none

  const [killed, ...others] = workers;
  expect(killed!.child.signalCode).toBe("SIGKILL");
  const all = workers.flatMap((each) => each.said);
  const failed = all.filter(({ event }) => event === "failed").map(({ input }) => input);
  expect(failed).toEqual([join(folder, "in/bad.png")]); // and that was tried once
  const names = Array.from({ length: COUNT }, (_, i) => `${i}.png.png`).sort();
  const written = all.filter(({ event }) => event === "written").map(({ output }) => output!.slice(folder.length + 5));
  expect(written.sort()).toEqual(names);
  expect(readdirSync(join(folder, "out")).sort()).toEqual(names); // no half of the killed one's is left
  const inHand = killed!.of("begun").at(-1)!.input!;
  expect(others.flatMap((each) => each.of("begun")).map(({ input }) => input)).toContain(inHand);

  const model = await loadModel("general-x4v3");
  for (let i = 0; i < COUNT; i++) {
    const { pixels } = await readPicture(join(folder, `in/${i}.png`));
    const expected = upscaleOnCpu(model, pixels).data;
    const actual = (await readPicture(join(folder, `out/${i}.png.png`))).pixels.data;
    const most = Array.from(actual).reduce((worst, value, at) => Math.max(worst, Math.abs(value - expected[at]!)), 0);
    expect(most, `picture ${i}`).toBeLessThanOrEqual(1);
  }

  // Results that were taken away are made again, through a Redis that goes away and has forgotten all when it is back.
  const taken = names.slice(0, 2);
  for (const name of taken) rmSync(join(folder, "out", name));
  const again = start(process.execPath, [join(installed, "add.js"), "in", "out"]);
  await expect
    .poll(() => others.flatMap((each) => each.of("begun")).length, { timeout: 30_000 })
    .toBeGreaterThan(COUNT);
  redis.kill("SIGKILL");
  await ended(redis);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  redis = await startRedis();
  expect(await ended(again)).toBe(1);
  expect(readdirSync(join(folder, "out")).sort()).toEqual(names);

  for (const { child } of others) child.kill("SIGTERM");
  expect(await Promise.all(others.map(({ child }) => ended(child)))).toEqual([0, 0]);
});
