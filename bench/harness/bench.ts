// Owns a whole run: suites on one device, and the report of it. Pure but for the device: it runs in Node and in a browser.

import { benchKernels } from "./kernels.js";
import { benchNetworks } from "./networks.js";
import type { Report, SuiteName } from "./row.js";
import { openSession, type SessionOptions } from "./session.js";

export const SUITES: readonly SuiteName[] = ["kernels", "networks"];

export interface BenchOptions extends SessionOptions {
  readonly suites: readonly SuiteName[];
  readonly library: Report["library"];
  readonly command: string;
  /** What the caller knows of the machine. */
  readonly environment: Report["environment"];
}

/**
 * Runs `suites` and reports. A kernel that computes wrong values or does not run is a row with the status "failed".
 * @throws EsrganError "device-lost"; signal.reason if aborted
 */
export async function runBench(options: BenchOptions): Promise<Report> {
  const session = await openSession(options);
  try {
    if (options.suites.includes("kernels")) await benchKernels(session);
    if (options.suites.includes("networks")) await benchNetworks(session);
    return {
      format: 1,
      library: options.library,
      date: new Date().toISOString(),
      command: options.command,
      environment: options.environment,
      ...session.conditions,
      rows: session.rows,
    };
  } finally {
    session.destroy();
  }
}
