// The page of bench:peers: runs every peer on every network, one after another, compares what they give and tells the server that started
// this. Owns the order and the verdict; what a peer does is in its frame.
import type { Job, PagePeer, Row } from "../job.js";
import { largestDifference } from "./compare.js";
import type { FrameResult } from "./frame.js";

const MAX_DIFFERENCE = 2e-4; // what the library allows its own float32 kernels

interface Output {
  readonly peer: PagePeer;
  readonly values: Float32Array;
}

const log = document.querySelector("pre")!;

/** Shows a line, and has the server print it. */
async function tell(line: string): Promise<void> {
  log.append(`${line}\n`);
  await fetch("/progress", { method: "POST", body: line });
}

async function main(): Promise<void> {
  const job = (await (await fetch("/job.json")).json()) as Job;
  const rows: Row[] = [];
  for (const network of job.networks) {
    let reference: Output | undefined;
    for (const peer of job.peers) {
      await tell(`${network.name}, ${peer} ...`);
      const result = await inFrame(peer, network.name);
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
  await fetch("/rows", { method: "POST", body: JSON.stringify(rows) });
  log.append("Done; the command has the table.\n");
}

function verdict(values: Float32Array, reference: Output): Pick<Row, "difference" | "reference" | "failure"> {
  const difference = largestDifference(values, reference.values);
  const compared = { difference, reference: reference.peer };
  if (difference <= MAX_DIFFERENCE) return compared;
  const failure = `The output is ${difference.toPrecision(2)} away from ${reference.peer}'s, more than ${MAX_DIFFERENCE}`;
  return { ...compared, failure };
}

function inFrame(peer: PagePeer, network: string): Promise<FrameResult> {
  const frame = document.createElement("iframe");
  frame.src = `/frame.html?${new URLSearchParams({ peer, network })}`;
  const result = new Promise<FrameResult>((resolve) => {
    addEventListener("message", ({ source, data }) => {
      if (source === frame.contentWindow) resolve(data as FrameResult);
    });
  });
  document.body.append(frame);
  return result.finally(() => frame.remove());
}

await main();
