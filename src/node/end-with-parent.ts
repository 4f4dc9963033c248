// Owns that processes this one starts end with it, however it ends, and whatever driver they hang in: then they cannot look for themselves.
import { type ChildProcess, spawn } from "node:child_process";

// Whoever does not hang has a second to tidy up.
const GUARD = 'read _; sleep 1; kill -9 "$0"';

/**
 * Has a shell, which takes a millisecond to start, kill the child when this process is gone: the system then closes the shell's input. Not on
 * Windows, which has no such shell.
 */
export function endWithParent(child: ChildProcess): void {
  if (process.platform === "win32" || child.pid === undefined) return;
  const guard = spawn("/bin/sh", ["-c", GUARD, String(child.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true, // what a terminal's Ctrl-C ends, the guard has to outlive
  });
  guard.on("error", () => {}); // a machine without a shell
  guard.stdin.on("error", () => {});
  guard.unref();
  child.on("exit", () => guard.kill("SIGKILL")); // before its id is another's
}
