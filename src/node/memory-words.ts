// Owns the words that runtimes, libraries, drivers and the system have for lack of memory. The process that watches has them
// too, so that nothing else is imported.
import { readFileSync } from "node:fs";

const WORDS =
  /out of (?:host |device )?memory|OUT_OF_(?:HOST_|DEVICE_)?MEMORY|\bOOM\b|ENOMEM|(?:cannot|can't|could not|unable to|failed to) (?:allocate|reserve|map segment)|allocation (?:failed|failure)|insufficient memory|not enough memory|bad_alloc|WORKER_OUT_OF_MEMORY|heap limit|array length|creating thread/i;

/** Whether a text says that memory ran out. */
export function saysOutOfMemory(text: string): boolean {
  return WORDS.test(text);
}

/** A hint for what fails without words where this process may have little memory only, to go behind a sentence; empty where it may have all. */
export function memoryLimitHint(): string {
  try {
    const limit = /^Max address space +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    if (!limit) return "";
    return `, maybe because memory ran out: ulimit -v is ${Math.floor(Number(limit) / 1024)} KiB`;
  } catch {
    return "";
  }
}
