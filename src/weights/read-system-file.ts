// Owns the reading of a file by its path where the platform has files.

import { EsrganError } from "../errors.js";
import { printableName } from "./printable-name.js";
import { type FileStatus, systemFiles } from "./system-file.js";

/** Large enough to cost no time, small enough to be stopped between two. */
const STEP_BYTES = 4 * 2 ** 20;

/**
 * All of the file, of `mostBytes` at most. A folder, pipe or device is refused before it is opened: opening a pipe waits for whoever writes it.
 * @throws EsrganError "bad-input" saying why it cannot be read; signal.reason
 */
export async function readSystemFile(
  path: string,
  mostBytes: number,
  { onBytes, signal }: { onBytes(loaded: number, total: number): void; signal: AbortSignal | undefined },
): Promise<Uint8Array> {
  const files = systemFiles()!;
  const told = <T>(work: Promise<T>) => work.catch((cause) => Promise.reject(unreadable(path, cause)));
  requireFile(path, await told(files.stat(path)), mostBytes);
  const file = await told(files.open(path));
  try {
    // It may be another by now.
    const status = await told(file.stat());
    requireFile(path, status, mostBytes);
    const bytes = new Uint8Array(status.size);
    let loaded = 0;
    while (loaded < bytes.length) {
      signal?.throwIfAborted();
      const { bytesRead } = await told(file.read(bytes, loaded, Math.min(STEP_BYTES, bytes.length - loaded)));
      if (bytesRead === 0) throw refused(path, `ended after ${loaded} of ${bytes.length} bytes`);
      loaded += bytesRead;
      onBytes(loaded, bytes.length);
    }
    signal?.throwIfAborted();
    return bytes;
  } finally {
    await file.close();
  }
}

function requireFile(path: string, status: FileStatus, mostBytes: number): void {
  if (!status.isFile()) {
    const what = status.isDirectory() ? "a folder" : status.isFIFO() ? "a pipe" : "a device";
    throw refused(path, `cannot be read: it is ${what}, expected a file`);
  }
  if (status.size > mostBytes) throw refused(path, `has ${status.size} bytes, expected at most ${mostBytes}`);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  ENXIO: "it is a device, expected a file",
};

function unreadable(path: string, cause: unknown): EsrganError {
  const { code = "", message = String(cause) } = cause as { code?: string; message?: string };
  return refused(path, `cannot be read: ${REASONS[code] ?? message}`, { cause });
}

function refused(path: string, why: string, options?: ErrorOptions): EsrganError {
  return new EsrganError("bad-input", `The model file ${printableName(path)} ${why}`, options);
}
