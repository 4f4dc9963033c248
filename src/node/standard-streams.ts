// Standard input and output as a picture's file, which the command line calls by STANDARD. Owns that input is read to its end and no further than is
// allowed, and that output is waited for: the reader decides how fast it goes.
import { write } from "node:fs";
import { promisify } from "node:util";
import { EsrganError } from "../index.js";
import { fileReason } from "./file-status.js";
import { pictureProblem, sniffPicture } from "./picture-format.js";
import type { Write } from "./whole-file.js";

const RETRY_MS = 5;
const TELLING_BYTES = 512; // of a file that is none of the pictures that are read

/** All of a picture that a stream has. @throws EsrganError "bad-input" where it is no picture, has more than `maxBytes`, or cannot be read */
export async function readStandardInput(stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let byteLength = 0;
  let isKnown = false;
  const fail = (why: string, cause?: unknown) =>
    new EsrganError("bad-input", `The picture on standard input cannot be read: ${why}`, { cause });
  try {
    for await (const part of stream) {
      byteLength += part.length;
      if (byteLength > maxBytes) throw fail(`it has more than the ${maxBytes} bytes allowed`);
      parts.push(part);
      if (isKnown || byteLength < TELLING_BYTES) continue;
      isKnown = true;
      const start = Buffer.concat(parts);
      if (!sniffPicture(start)) throw fail(pictureProblem(start)!); // what never ends is not waited for
    }
  } catch (error) {
    throw error instanceof EsrganError ? error : fail(fileReason(error), error);
  }
  return Buffer.concat(parts, byteLength);
}

/** Appends to an open file, a pipe or a terminal. What is thrown is the system's own error. */
export function writerTo(fd: number): Write {
  const writeSome = promisify(write);
  return async (bytes) => {
    for (let at = 0; at < bytes.length; ) {
      try {
        at += (await writeSome(fd, bytes, at)).bytesWritten;
      } catch (error) {
        // Another process may have made the pipe one that does not wait.
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  };
}
