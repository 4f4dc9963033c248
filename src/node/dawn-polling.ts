// Owns how often Dawn looks whether a software adapter is done. While anything is pending Dawn's binding for Node does so from
// setImmediate, over and over: on a GPU's machine that costs an idle core, but a software adapter computes on those cores.

const POLL_MS = 3; // of 1, looking takes 6 % of a core; a small picture takes 10 ms

// Copies of the library in one process find each other by it: one that wrapped the other's function could not take it away again.
const SLOWER = Symbol.for("esrgan-webgpu.slower-polling");

type SetImmediate = typeof setImmediate & { [SLOWER]?: SlowerPolling };

interface SlowerPolling {
  users: number;
  restore(): void;
}

/** Makes Dawn look every 3 ms until as many calls of what is returned; other callers of setImmediate notice nothing. */
export function slowDownPolling(): () => void {
  const polling = (globalThis.setImmediate as SetImmediate)[SLOWER] ?? replaceSetImmediate();
  polling.users++;
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    if (--polling.users === 0) polling.restore();
  };
}

function replaceSetImmediate(): SlowerPolling {
  const original = globalThis.setImmediate;
  const slower = (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
    polling.users > 0 && isOfAddon(callback) ? setTimeout(callback, POLL_MS, ...args) : original(callback, ...args);
  const polling: SlowerPolling = {
    users: 0,
    restore() {
      // Else it is another's by now, who may call this one.
      if (globalThis.setImmediate === (slower as unknown)) globalThis.setImmediate = original;
    },
  };
  Object.defineProperties(slower, { ...Object.getOwnPropertyDescriptors(original), [SLOWER]: { value: polling } });
  globalThis.setImmediate = slower as unknown as typeof setImmediate;
  return polling;
}

/** Whether a function is native code without a name. Bound functions are so too, but cannot be constructed. */
function isOfAddon(callback: unknown): boolean {
  return (
    typeof callback === "function" &&
    callback.name === "" &&
    Object.hasOwn(callback, "prototype") &&
    /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(callback))
  );
}
