// Reads files that hold bytes and end. Owns that nothing else is waited for: a pipe that nobody writes to, a device that never ends, or one
// that says it is a file.
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { systemPath } from "./file-name.js";
import { fileReason, kindOfFile } from "./file-status.js";

/** To open a file for reading, and anything else without waiting for it. */
export const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

const FIRST_BYTES = 2 ** 16; // to begin with where a file says that it is empty, as those of /proc do

/**
 * The bytes of a file.
 * @throws Error whose message says why there are none: it is no file, cannot be read, or has more than `maxBytes`
 */
export async function readRegularFile(path: string, maxBytes: number): Promise<Buffer> {
  const file = await openRegularFile(path);
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw new Error(`it has ${size} bytes, more than the ${maxBytes} allowed`);
    return await readToEnd(file, size, maxBytes);
  } catch (error) {
    throw reasoned(error);
  } finally {
    await file.close();
  }
}

async function openRegularFile(path: string): Promise<FileHandle> {
  try {
    requireFile(kindOfFile(await stat(systemPath(path)))); // to open a device may do something already
    const file = await open(systemPath(path), READ_FLAGS);
    const kind = kindOfFile(await file.stat()); // it may have changed in between
    if (kind !== "file") await file.close();
    requireFile(kind);
    return file;
  } catch (error) {
    throw reasoned(error);
  }
}

async function readToEnd(file: FileHandle, size: number, maxBytes: number): Promise<Buffer> {
  let bytes = Buffer.allocUnsafe(Math.max(FIRST_BYTES, size + 1)); // one more shows that it ends there
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length);
    length += bytesRead;
    if (bytesRead === 0) return bytes.subarray(0, length);
    if (length > maxBytes) throw new Error(`it has more than the ${maxBytes} bytes allowed`);
    if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * length, maxBytes + 1));
  }
}

function requireFile(kind: string): void {
  if (kind !== "file") throw new Error(`it is ${kind}`);
}

function reasoned(error: unknown): Error {
  return new Error(fileReason(error), { cause: error });
}
