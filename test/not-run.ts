// Notes what cannot run on this machine. Owns the rule that this is a failure where everything has to run (ESRGAN_REQUIRE_ALL=1) and is
// shown at the end of the run elsewhere.
import { appendFileSync } from "node:fs";

/** @throws where everything has to run */
export function noteNotRun(what: string, why: string): void {
  if (process.env.ESRGAN_REQUIRE_ALL === "1") throw new Error(`${what} cannot run: ${why}`);
  noteNoHardware(what, why);
}

/** The same for what needs a device that few machines have: nowhere a failure. */
export function noteNoHardware(what: string, why: string): void {
  if (process.env.ESRGAN_NOT_RUN) appendFileSync(process.env.ESRGAN_NOT_RUN, `${what}: ${why}\n`);
}
