// The side of a listener that commands without pipes never call.
import type { Listener } from "../../src/node/messages.js";

export const NO_PIPES: Pick<Listener, "standardInput" | "standardOutput"> = {
  standardInput: () => {
    throw new Error("standard input was read");
  },
  standardOutput: () => Promise.reject(new Error("standard output was written")),
};
