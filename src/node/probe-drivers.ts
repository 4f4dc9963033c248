// Asks each Vulkan driver, in a process that may crash or hang, which WebGPU adapters it gives. Owns that process and its time limit.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { endWithParent } from "./end-with-parent.js";
import { offlineEnv } from "./offline-env.js";

/** An adapter as a driver describes it. */
export interface ProbedAdapter {
  /** The device's name, for example "NVIDIA GeForce RTX 4070" or "SwiftShader Device (Subzero)". */
  readonly name: string;
  /** The driver's description of itself. */
  readonly description: string;
  /** As WebGPU names it, for example "nvidia". */
  readonly vendor: string;
  /** As WebGPU names it, for example "ampere". */
  readonly architecture: string;
  /** Whether it computes on the CPU. */
  readonly software: boolean;
  /** What a device on it may have, by WebGPU's names. */
  readonly features: readonly string[];
}

const SILENCE_LIMIT_MS = 20_000; // real drivers answer in under a second; a cold disk and a busy machine need some more

/**
 * The adapters of each driver, by its index in `drivers`; a driver that crashes or hangs has none. A null driver is the platform's own
 * choice, without a driver file. `onProblem` hears what drivers say that fail, and processes that crash.
 */
export async function probeDrivers(
  webgpuUrl: string,
  loader: string | undefined,
  drivers: readonly (string | null)[],
  silenceLimitMs = SILENCE_LIMIT_MS,
  onProblem: (said: string) => unknown = () => {},
): Promise<ProbedAdapter[][]> {
  const found: ProbedAdapter[][] = drivers.map(() => []);
  for (let next = 0; next < drivers.length; ) {
    const first = next;
    const args = [webgpuUrl, loader ?? "", JSON.stringify(drivers.slice(first))];
    await runProbe(
      args,
      silenceLimitMs,
      (line) => {
        if (line.driver !== undefined) next = first + line.driver + 1;
        if (line.adapter) found[next - 1]?.push(line.adapter);
        if (line.problem) onProblem(line.problem);
      },
      onProblem,
    );
    if (next === first) break; // it did not get as far as trying a driver, and would not the next time
  }
  return found;
}

type ProbeLine = { driver?: number; adapter?: ProbedAdapter; problem?: string; done?: true };

/** Runs the probe until it is done or ends, by itself or because it said nothing for too long. */
function runProbe(
  args: string[],
  silenceLimitMs: number,
  onLine: (line: ProbeLine) => void,
  onProblem: (said: string) => unknown,
): Promise<void> {
  return new Promise((resolve) => {
    const script = fileURLToPath(new URL("./probe.js", import.meta.url));
    const child = spawn(process.execPath, [script, String(process.pid), ...args], {
      env: offlineEnv(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    endWithParent(child);
    const timer = setTimeout(() => child.kill("SIGKILL"), silenceLimitMs);
    const finish = () => {
      clearTimeout(timer);
      child.kill("SIGKILL"); // taking drivers down takes a while
      resolve();
    };
    createInterface({ input: child.stdout }).on("line", (line) => {
      const said = JSON.parse(line) as ProbeLine;
      if (said.done) return finish();
      timer.refresh();
      onLine(said);
    });
    let chatter = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      chatter = (chatter + text).slice(-4096);
    });
    child.on("close", () => onProblem(chatter));
    child.on("error", (error) => onProblem(error.message)); // no process, no adapters: "close" follows
    child.on("close", finish);
  });
}
