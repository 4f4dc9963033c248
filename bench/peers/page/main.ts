// The page of bench:peers: runs each peer in a frame of its own, and tells the server that started this.
import type { Job, PagePeer } from "../job.js";
import { comparePeers } from "./compare-peers.js";
import type { PeerResult } from "./run-peer.js";

const log = document.querySelector("pre")!;

/** Shows a line, and has the server print it. */
async function tell(line: string): Promise<void> {
  log.append(`${line}\n`);
  await fetch("/progress", { method: "POST", body: line });
}

function inFrame(peer: PagePeer, network: string): Promise<PeerResult> {
  const frame = document.createElement("iframe");
  frame.src = `/frame.html?${new URLSearchParams({ peer, network })}`;
  const result = new Promise<PeerResult>((resolve) => {
    addEventListener("message", ({ source, data }) => {
      if (source === frame.contentWindow) resolve(data as PeerResult);
    });
  });
  document.body.append(frame);
  return result.finally(() => frame.remove());
}

const job = (await (await fetch("/job.json")).json()) as Job;
const rows = await comparePeers(job, { run: inFrame, tell });
await fetch("/rows", { method: "POST", body: JSON.stringify(rows) });
log.append("Done; the command has the table.\n");
