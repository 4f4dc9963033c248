// Whether a picture's result is there: files appear once they are whole, so that one newer than the picture is its result.
import { stat } from "node:fs/promises";

export async function isDone(input, output) {
  const [source, result] = await Promise.all([stat(input), stat(output)].map((each) => each.catch(() => undefined)));
  return source !== undefined && result !== undefined && result.mtimeMs > source.mtimeMs;
}
