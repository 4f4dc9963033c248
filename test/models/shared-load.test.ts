// A load that several wait for.

import { describe, expect, it, vi } from "vitest";
import { SharedLoad } from "../../src/models/shared-load.js";

type Start = ConstructorParameters<typeof SharedLoad<number>>[0];

function load() {
  let [resolve, reject] = [(_: number) => {}, (_: unknown) => {}];
  const promise = new Promise<number>((...settle) => {
    [resolve, reject] = settle;
  });
  const start = vi.fn<Start>(() => promise);
  const onFailure = vi.fn();
  const shared = new SharedLoad<number>(start, onFailure);
  const options = () => start.mock.calls[0]![0];
  return { shared, onFailure, options, resolve, reject };
}

describe("SharedLoad", () => {
  it("gives all the same, and tells each of them how far it is", async () => {
    const { shared, options, resolve } = load();
    const heard: string[] = [];
    const first = shared.join({ onProgress: ({ loaded }) => heard.push(`first ${loaded}`) });
    options().onProgress!({ loaded: 1, total: 3 });
    const second = shared.join({ onProgress: ({ loaded }) => heard.push(`second ${loaded}`) });
    options().onProgress!({ loaded: 2, total: 3 });
    resolve(7);
    expect(await Promise.all([first, second])).toEqual([7, 7]);
    expect(await shared.join({ onProgress: ({ loaded }) => heard.push(`third ${loaded}`) })).toBe(7);
    expect(heard).toEqual(["first 1", "second 1", "first 2", "second 2", "third 2"]);
    expect(options().signal!.aborted).toBe(false);
  });

  it("goes on for the others where one stops waiting, and is stopped with the last", async () => {
    const { shared, options, onFailure } = load();
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [one, two].map(({ signal }) => shared.join({ signal }));
    one.abort("one");
    await expect(waiting[0]).rejects.toBe("one");
    expect(options().signal!.aborted).toBe(false);
    expect(onFailure).not.toHaveBeenCalled();
    two.abort("two");
    await expect(waiting[1]).rejects.toBe("two");
    expect(options().signal!.reason).toBe("two");
    expect(onFailure).toHaveBeenCalled();
  });

  it("goes on for the others where one's onProgress throws", async () => {
    const { shared, options, resolve } = load();
    const error = new Error("my own");
    const onProgress = () => {
      throw error;
    };
    const waiting = [shared.join({ onProgress }), shared.join({})];
    options().onProgress!({ loaded: 1, total: 1 });
    await expect(waiting[0]).rejects.toBe(error);
    resolve(7);
    expect(await waiting[1]).toBe(7);
  });

  it("tells each what is known early, those who come later too, until it is done", async () => {
    const { shared, options, resolve } = load();
    const heard: string[] = [];
    const join = (name: string) => shared.join({ onArriving: (early) => heard.push(`${name} ${early}`) });
    const first = join("first");
    options().onArriving!(7);
    const second = join("second");
    options().onArriving!(8);
    expect(heard).toEqual(["first 7", "second 7", "first 8", "second 8"]);
    resolve(8);
    expect(await Promise.all([first, second])).toEqual([8, 8]);
    expect(await join("third")).toBe(8);
    expect(heard).toHaveLength(4);
  });

  it("is stopped where the only one had given up before", async () => {
    const { shared, options, onFailure } = load();
    await expect(shared.join({ signal: AbortSignal.abort("before") })).rejects.toBe("before");
    expect(options().signal!.reason).toBe("before");
    expect(onFailure).toHaveBeenCalled();
  });

  it("fails for all, and is dropped", async () => {
    const { shared, reject, onFailure } = load();
    const waiting = [shared.join({}), shared.join({})];
    reject(new Error("gone"));
    for (const each of waiting) await expect(each).rejects.toThrow("gone");
    expect(onFailure).toHaveBeenCalled();
  });
});
