// What runs in the page for tuning-store.test.ts: values kept as the library keeps what it has measured on a device.

import { keep, loadKept } from "../../src/gpu/tuning-store.js";

const DEVICE = {} as GPUDevice;

export async function save(key: string, value: unknown): Promise<void> {
  await keep(DEVICE, key, value);
}

export async function load(key: string): Promise<unknown> {
  return loadKept(DEVICE, key);
}

/** Puts values under the names that other versions gave them. */
export async function putUnder(names: readonly string[]): Promise<void> {
  const database = await answer(indexedDB.open("esrgan-webgpu", 1));
  const table = database.transaction("tuning", "readwrite").objectStore("tuning");
  await Promise.all(names.map((name) => answer(table.put(1, name))));
  database.close();
}

/** The names of all that is kept. */
export async function names(): Promise<unknown> {
  const database = await answer(indexedDB.open("esrgan-webgpu", 1));
  const found = await answer(database.transaction("tuning").objectStore("tuning").getAllKeys());
  database.close();
  return found;
}

export function uncaptured(): string[] {
  return [];
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
