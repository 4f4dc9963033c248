// The error type on its way to another thread.

import { MessageChannel } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { EsrganError } from "../src/errors.js";

function posted(data: unknown): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port2.once("message", (received) => {
      resolve(received);
      port1.close();
    });
    port1.postMessage(data);
  });
}

describe("EsrganError", () => {
  it("arrives with its code, message and stack, whatever its cause is", async () => {
    const error = new EsrganError("out-of-memory", "There is no room", { cause: () => "not to be copied" });
    const arrived = EsrganError.from(await posted(error.toJSON()));
    expect(arrived).toBeInstanceOf(EsrganError);
    expect(arrived).toMatchObject({ name: "EsrganError", code: "out-of-memory", message: "There is no room" });
    expect(arrived.stack).toBe(error.stack);
    expect(JSON.parse(JSON.stringify(error))).toEqual(error.toJSON());
  });

  it("arrives with what caused it, where that is an error", async () => {
    const root = new TypeError("Failed to fetch");
    const inner = new EsrganError("network", "out of reach", { cause: root });
    const error = new EsrganError("bad-input", "no picture", { cause: inner });
    const arrived = EsrganError.from(await posted(error.toJSON()));
    expect(arrived.cause).toBeInstanceOf(EsrganError);
    expect(arrived.cause).toMatchObject({ code: "network", message: "out of reach" });
    expect((arrived.cause as Error).cause).toBeInstanceOf(Error);
    expect((arrived.cause as Error).cause).toMatchObject({ name: "TypeError", message: "Failed to fetch" });
    for (const cause of [undefined, null, "text"]) {
      expect("cause" in EsrganError.from({ code: "internal", message: "none", cause })).toBe(false);
    }
    const own = new EsrganError("internal", "of itself");
    own.cause = own;
    expect("cause" in own.toJSON()).toBe(false);
  });

  it("is given back as it is, and made of whatever else was thrown", () => {
    const error = new EsrganError("network", "out of reach");
    expect(EsrganError.from(error)).toBe(error);
    const other = new TypeError("x is not a function");
    expect(EsrganError.from(other)).toMatchObject({ code: "internal", message: "x is not a function", cause: other });
    for (const data of [null, undefined, "text", 5, { code: "toString", message: "no code" }]) {
      expect(EsrganError.from(data)).toMatchObject({ code: "internal", message: expect.any(String), cause: data });
    }
  });
});
