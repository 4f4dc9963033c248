// What a peer is to the harness. Each module beside this one brings one library to this form and adds nothing of its own to a run.
import type { NetworkJob } from "../../job.js";

/** A square RGB picture of 8-bit values, row by row. */
export interface TestPicture {
  readonly size: number;
  readonly rgb: Uint8Array;
}

/** A network that is ready to run on the picture it was opened with. */
export interface OpenedPeer {
  /** One run: from values in memory to values in memory. Gives what turns the result into [3,H,W] of 0..1, which is not timed. */
  run(): Promise<() => Float32Array>;
}

/** What a peer is loaded by: a page or a process of Node. */
export interface Realm {
  /** Path of the folder of the peers' packages, with a slash at its end. */
  readonly packages: string;
  /** Runs a classic script, which shares the realm's globals. */
  loadScript(url: string): Promise<void>;
}

/** Loads the library and the network. */
export type OpenPeer = (network: NetworkJob, picture: TestPicture, realm: Realm) => Promise<OpenedPeer>;

/** [3,H,W] of 0..1. */
export function toPlanes({ rgb, size }: TestPicture): Float32Array {
  const pixels = size * size;
  return Float32Array.from({ length: 3 * pixels }, (_, i) => rgb[(i % pixels) * 3 + Math.floor(i / pixels)]! / 255);
}

/** [3,H,W] from values that lie [H,W,3]. */
export function planesOf(values: ArrayLike<number>, scale = 1): Float32Array {
  const pixels = values.length / 3;
  return Float32Array.from(
    { length: 3 * pixels },
    (_, i) => values[(i % pixels) * 3 + Math.floor(i / pixels)]! * scale,
  );
}
