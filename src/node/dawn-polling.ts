// Owns how often Dawn looks whether a software adapter is done. While anything is pending Dawn's binding for Node does so from
// setImmediate, over and over: on a GPU's machine that costs an idle core, but a software adapter computes on those cores.

const POLL_MS = 3; // of 1, looking takes 6 % of a core; a small picture takes 10 ms

let users = 0;
let restore = () => {};

/** Makes Dawn look every 3 ms until as many calls of what is returned; other callers of setImmediate notice nothing. */
export function slowDownPolling(): () => void {
  if (users++ === 0) restore = replaceSetImmediate();
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    if (--users === 0) restore();
  };
}

function replaceSetImmediate(): () => void {
  const original = globalThis.setImmediate;
  const slower = (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
    isOfAddon(callback) ? setTimeout(callback, POLL_MS, ...args) : original(callback, ...args);
  const replacement = Object.defineProperties(slower, Object.getOwnPropertyDescriptors(original));
  globalThis.setImmediate = replacement as typeof setImmediate;
  return () => {
    if (globalThis.setImmediate === (replacement as unknown)) globalThis.setImmediate = original; // else it is another's by now
  };
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
