// Owns listening to signals: one listener a signal, however many calls wait on it, and none once no call does. Node warns of more than ten.

interface Listening {
  readonly waiting: Set<() => void>;
  readonly listener: () => void;
}

const listeningBySignal = new WeakMap<AbortSignal, Listening>();

/** Calls `hear` once the signal aborts, unless what is given back was called before. */
export function onAbort(signal: AbortSignal, hear: () => void): () => void {
  const { waiting, listener } = listeningBySignal.get(signal) ?? listen(signal);
  waiting.add(hear);
  return () => {
    waiting.delete(hear);
    if (waiting.size > 0 || listeningBySignal.get(signal)?.waiting !== waiting) return;
    listeningBySignal.delete(signal);
    signal.removeEventListener("abort", listener);
  };
}

function listen(signal: AbortSignal): Listening {
  const waiting = new Set<() => void>();
  const listener = () => {
    for (const hear of waiting) hear();
    waiting.clear();
  };
  const listening = { waiting, listener };
  listeningBySignal.set(signal, listening);
  signal.addEventListener("abort", listener);
  return listening;
}
