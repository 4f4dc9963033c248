// Owns what is kept of models in Cache Storage: under which key, with which validators, and that a cache which fails is as good as none. Whether
// a body is worth keeping is decided by read-bytes.ts.

const CACHE_NAME = "esrgan-webgpu";

// Whether a file changed; a compressed transfer weakens the tag, and the content stays the same.
const VALIDATORS = ["etag", "last-modified"] as const;

/** A write that goes on. */
interface Writing {
  /** Ends when it did, whatever became of it. */
  readonly done: Promise<void>;
  /** What will be kept; undefined for an eviction. */
  readonly response: (() => Response) | undefined;
}

/** The last write of each key that has not ended. What is found in the meantime is what it will leave. */
const writing = new Map<string, Writing>();

/** One model's place in the cache. Writes take a second for a large model, so nobody waits for them; those of one key follow one another. */
export class ModelCache {
  private constructor(
    private readonly cache: Cache,
    private readonly key: string,
    /** Kept by its SHA-256: then it never changes, and may be asked for at several addresses. */
    readonly isByContent: boolean,
  ) {}

  /** Undefined where nothing can be kept: no Cache Storage, or no address that it takes. */
  static async open(url: URL, sha256: string | undefined): Promise<ModelCache | undefined> {
    if (!/^https?:$/.test(url.protocol)) return undefined;
    try {
      // Pages without a secure context have none, and sandboxed ones throw when it is looked at.
      if (typeof caches === "undefined") return undefined;
      const cache = await caches.open(CACHE_NAME);
      return new ModelCache(cache, sha256 === undefined ? url.href : contentKey(url, sha256), sha256 !== undefined);
    } catch {
      return undefined;
    }
  }

  async find(): Promise<Response | undefined> {
    const last = writing.get(this.key);
    if (last) return last.response?.();
    return this.cache.match(this.key, { ignoreVary: true }).catch(() => undefined);
  }

  /** Keeps the bytes that `from` gave, which must stay as they are. A full disk is no reason to fail. */
  keep(bytes: Uint8Array, from: Response): void {
    const headers = new Headers({
      "content-type": "application/octet-stream",
      "content-length": String(bytes.byteLength),
    });
    for (const name of VALIDATORS) {
      const value = from.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    const response = () => new Response(bytes as Uint8Array<ArrayBuffer>, { headers });
    this.#write(async () => this.cache.put(this.key, response()), response);
  }

  evict(): void {
    this.#write(async () => this.cache.delete(this.key, { ignoreVary: true }), undefined);
  }

  #write(work: () => Promise<unknown>, response: Writing["response"]): void {
    const before = writing.get(this.key)?.done;
    const done = (before ? before.then(work) : work()).then(
      () => this.#ended(entry),
      () => this.#ended(entry),
    );
    const entry: Writing = { done, response };
    writing.set(this.key, entry);
  }

  #ended(entry: Writing): void {
    if (writing.get(this.key) === entry) writing.delete(this.key);
  }
}

/** An address that nobody serves: the same for each URL of the content where the page has an origin. */
function contentKey(url: URL, sha256: string): string {
  const { origin } = globalThis as { origin?: string };
  const isUsable = origin !== undefined && /^https?:/.test(origin);
  return new URL(`/.esrgan-webgpu/sha256/${sha256}`, isUsable ? origin : url).href;
}

/** Whether both are the same version of a file, as far as its server says. */
export function isSameVersion(kept: Response, fresh: Response): boolean {
  for (const name of VALIDATORS) {
    const before = kept.headers.get(name)?.replace(/^W\//, "");
    const now = fresh.headers.get(name)?.replace(/^W\//, "");
    if (before && now) return before === now;
  }
  return false;
}
