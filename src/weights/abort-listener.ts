// Owns listening to signals: one listener a signal, however many calls wait on it. Node warns of more than ten.

const waitingBySignal = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `hear` once the signal aborts, unless what is given back was called before. */
export function onAbort(signal: AbortSignal, hear: () => void): () => void {
  const waiting = waitingBySignal.get(signal) ?? listen(signal);
  waiting.add(hear);
  return () => {
    waiting.delete(hear);
  };
}

function listen(signal: AbortSignal): Set<() => void> {
  const waiting = new Set<() => void>();
  waitingBySignal.set(signal, waiting);
  signal.addEventListener("abort", () => {
    for (const hear of waiting) hear();
    waiting.clear();
  });
  return waiting;
}
