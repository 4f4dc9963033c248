// Runs every peer on every network, one after another, and compares what they give. Owns the order and the verdict; what a peer does, and
// where, is given.
import type { Job, PagePeer, Row } from "../job.js";
import { largestDifference } from "./compare.js";
import type { PeerResult } from "./run-peer.js";

const MAX_DIFFERENCE = 2e-4; // what the library allows its own float32 kernels

interface Output {
  readonly peer: PagePeer;
  readonly values: Float32Array;
}

export interface PeerRunner {
  run(peer: PagePeer, network: string): Promise<PeerResult>;
  tell(line: string): void | Promise<void>;
}

export async function comparePeers(job: Job, { run, tell }: PeerRunner): Promise<Row[]> {
  const rows: Row[] = [];
  for (const network of job.networks) {
    let reference: Output | undefined;
    for (const peer of job.peers) {
      await tell(`${network.name}, ${peer} ...`);
      const result = await run(peer, network.name);
      if ("failure" in result) {
        rows.push({ network: network.name, peer, ...result });
        await tell(`${network.name}, ${peer} failed: ${result.failure}`);
        continue;
      }
      const { measured, values } = result;
      rows.push({ network: network.name, peer, ...measured, ...(reference && verdict(values, reference)) });
      reference ??= { peer, values };
    }
  }
  return rows;
}

function verdict(values: Float32Array, reference: Output): Pick<Row, "difference" | "reference" | "failure"> {
  const difference = largestDifference(values, reference.values);
  const compared = { difference, reference: reference.peer };
  if (difference <= MAX_DIFFERENCE) return compared;
  const failure = `The output is ${difference.toPrecision(2)} away from ${reference.peer}'s, more than ${MAX_DIFFERENCE}`;
  return { ...compared, failure };
}
