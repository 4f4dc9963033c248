// The script of a frame: runs the peer that its address names, and tells the page that holds the frame how it went.
import type { Job, PagePeer } from "../job.js";
import type { Realm } from "./peers/peer.js";
import { runPeer } from "./run-peer.js";

const REALM: Realm = {
  packages: "/peers/",
  loadScript: (url) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.onload = () => resolve();
      script.onerror = () => reject(new Error(`${url} does not load`));
      script.src = url;
      document.head.append(script);
    }),
};

const query = new URLSearchParams(location.search);
const job = (await (await fetch("/job.json")).json()) as Job;
const result = await runPeer(job, query.get("peer") as PagePeer, query.get("network")!, REALM);
parent.postMessage(result, location.origin);
