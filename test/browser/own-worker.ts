// A worker of a page's own, which answers for the library beside messages of its own.

import { serve } from "../../src/worker/index.js";

serve();

addEventListener("message", ({ data }) => {
  if (typeof data === "string") postMessage(`${data} back`);
});
