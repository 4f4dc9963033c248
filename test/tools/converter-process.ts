// Owns one process that runs tools/convert-weights.py many times (test/fuzz/converter.py), since starting Python takes longer than
// a conversion. Needs python3.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";

export interface ConverterAnswer {
  readonly status?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly escaped?: string;
  readonly members?: readonly (readonly [name: string, base64: string])[];
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export class ConverterProcess {
  readonly #python: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    const driver = [path("../fuzz/converter.py"), path("../../tools/convert-weights.py")];
    this.#python = spawn("python3", driver, { stdio: ["pipe", "pipe", "inherit"] });
    this.#answers = createInterface({ input: this.#python.stdout! })[Symbol.asyncIterator]();
  }

  /** What converter.py answers; one request at a time. */
  async ask(request: object): Promise<ConverterAnswer> {
    this.#python.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`The process of converter.py ended at ${JSON.stringify(request).slice(0, 1000)}`);
    return JSON.parse(value) as ConverterAnswer;
  }

  async end(): Promise<void> {
    if (this.#python.exitCode !== null) return;
    const ended = once(this.#python, "exit");
    this.#python.stdin!.end();
    await ended;
  }
}

/** A converter, and a folder for its files, which last as long as the tests of a file. */
export function useConverter(prefix: string): { readonly converter: ConverterProcess; readonly folder: string } {
  let converter: ConverterProcess;
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), prefix));
    converter = new ConverterProcess();
  });
  afterAll(async () => {
    await converter.end();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get converter() {
      return converter;
    },
    get folder() {
      return folder;
    },
  };
}
