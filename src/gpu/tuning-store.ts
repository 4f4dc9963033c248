// Owns what is kept between runs of what was measured on a device: in IndexedDB where there is one, else wherever whoever opened the device
// says. Nothing here fails: what cannot be kept is measured again.

import { EsrganError } from "../errors.js";
import { typeName } from "../options.js";
import { VERSION } from "../version.js";
import { requireDevice } from "./capabilities.js";

/** Values by name, kept for this version of the library. */
export interface TuningStore {
  /** What was saved under `key`, or undefined. What it throws counts as nothing kept. */
  load(key: string): Promise<unknown>;
  /** Keeps `value`, which is plain data for JSON or structured clones. */
  save(key: string, value: unknown): Promise<void>;
}

const stores = new WeakMap<GPUDevice, TuningStore>();

/**
 * From now on what is measured on `device` is kept in `store`; by default that is IndexedDB, where there is one.
 * @example
 * keepTuningIn(device, { load: async (key) => table.get(key), save: async (key, value) => void table.set(key, value) });
 * @throws EsrganError "bad-input"
 */
export function keepTuningIn(device: GPUDevice, store: TuningStore): void {
  requireDevice(device, "keepTuningIn");
  if (typeof store?.load !== "function" || typeof store.save !== "function") {
    throw new EsrganError("bad-input", `The store must be { load, save } of two functions, got ${typeName(store)}`);
  }
  stores.set(device, store);
}

/** What was kept under that name; undefined where there is nothing, or it does not come within a second. */
export async function loadKept(device: GPUDevice, key: string): Promise<unknown> {
  const store = storeOf(device);
  if (!store) return undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), LIMIT_MS);
  });
  try {
    return await Promise.race([attempt(() => store.load(key)), limit]);
  } finally {
    clearTimeout(timer); // Node would wait for it before it exits
  }
}

export async function keep(device: GPUDevice, key: string, value: unknown): Promise<void> {
  const store = storeOf(device);
  if (store) await attempt(() => store.save(key, value));
}

const LIMIT_MS = 1000;

/** The device and its driver, as far as they can be told apart, with the browser, which compiles shaders too. */
export function deviceKey(device: GPUDevice): string {
  const { vendor, architecture, device: name, description } = device.adapterInfo ?? {};
  const { userAgent } = (globalThis.navigator ?? {}) as Partial<Navigator>;
  return JSON.stringify([vendor, architecture, name, description, userAgent]);
}

function storeOf(device: GPUDevice): TuningStore | undefined {
  return stores.get(device) ?? (typeof indexedDB === "undefined" ? undefined : BROWSER_STORE);
}

async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch {
    return undefined; // a private window, a full disk
  }
}

const DATABASE = "esrgan-webgpu";
const TABLE = "tuning";

const BROWSER_STORE: TuningStore = {
  load: (key) => inTable("readonly", (table) => table.get(versioned(key))),
  async save(key, value) {
    // What other versions have kept is of no use any more.
    const old = IDBKeyRange.bound("", versioned(""), false, true);
    const later = IDBKeyRange.lowerBound(`${versioned("")}\uffff`);
    await inTable("readwrite", (table) => {
      table.delete(old);
      table.delete(later);
      return table.put(value, versioned(key));
    });
  },
};

function versioned(key: string): string {
  return `${VERSION} ${key}`;
}

async function inTable<T>(mode: IDBTransactionMode, work: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE);
  const database = await answer(opening);
  try {
    return await answer(work(database.transaction(TABLE, mode).objectStore(TABLE)));
  } finally {
    database.close();
  }
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
