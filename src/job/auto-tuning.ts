// Owns tuning that nobody asks for: what was measured on the device before is used from the start, and what was not is measured once it is
// idle after the first call.

import { EsrganError } from "../errors.js";
import { deviceKey, keep, loadKept } from "../gpu/tuning-store.js";
import { loadPart } from "../load-part.js";
import { costliest, type TuningTable } from "../plan/tuning.js";
import { DeviceIdle } from "./device-idle.js";
import type { IdleTuning } from "./idle-tuning.js";
import type { NetworkSession } from "./session.js";
import { shown } from "./shown.js";

/** Whether kernels are measured in idle time, or what was measured. */
export type TuningOption = "auto" | "off" | TuningTable;

/** @throws EsrganError "bad-input" for another word; what is no table is found out where it is used */
export function requireTuning(tuning: TuningOption): void {
  if (tuning === "auto" || tuning === "off" || (typeof tuning === "object" && tuning !== null)) return;
  const wanted = 'tuning must be "auto", "off" or a table that tune() returned';
  throw new EsrganError("bad-input", `${wanted}, got ${shown(tuning)}`);
}

export class AutoTuning {
  #work: IdleTuning | undefined;
  #isKnown = false;
  #isStarted = false;
  #isStopped = false;
  readonly #key: string;

  constructor(private readonly session: NetworkSession) {
    const { device, fused, choice } = session;
    const shapes = costliest(fused).map(({ weight, upsample, shuffle }) => [weight.shape, upsample, shuffle.factor]);
    this.#key = `kernels ${deviceKey(device)} ${choice.storage} ${JSON.stringify(shapes)}`;
  }

  /** Uses what was kept, if anything was. */
  async recall(): Promise<void> {
    const kept = await loadKept(this.session.device, this.#key);
    if (kept === undefined) return;
    try {
      this.session.useTuning(kept as TuningTable);
      this.#isKnown = true;
    } catch {
      // Not a table of this device: it is measured again.
    }
  }

  /** A call has ended. */
  afterCall(): void {
    if (this.#isKnown || this.#isStarted) return;
    this.#isStarted = true;
    // What does not load is tried again after the next call.
    this.#start().catch(() => {
      this.#isStarted = false;
    });
  }

  async #start(): Promise<void> {
    const { adoptTuning, IdleTuning } = await loadPart(() => import("./idle-tuning.js"));
    if (this.#isStopped) return;
    const { session } = this;
    const { device, fused, capabilities, choice } = session;
    this.#work = new IdleTuning({
      device,
      fused,
      capabilities,
      storage: choice.storage,
      room: () => session.memoryBudget - (session.state.prepared?.bytes ?? 0),
      use: async (table, signal) => {
        await adoptTuning(session, table, signal);
        await keep(device, this.#key, table);
      },
    });
    DeviceIdle.of(device).add(this.#work);
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#work) DeviceIdle.of(this.session.device).remove(this.#work);
  }
}
