// What the command and the page tell each other: plain data, sent as JSON. Owns names and shapes only.

export const PAGE_PEERS = ["esrgan-webgpu", "ort-wasm", "tfjs-webgpu", "ort-webgpu"] as const;

/** One way to run a network in the page. */
export type PagePeer = (typeof PAGE_PEERS)[number];

/** A network and where the page finds its weights. */
export interface NetworkJob {
  readonly name: string;
  /** URL of a .safetensors file. */
  readonly weights: string;
  /** URL of a TF.js layers model's model.json, where there is one. */
  readonly layersModel?: string;
}

/** How often a run is timed. Fast runs are repeated more often than asked, until they add up to something. */
export interface Budget {
  readonly repeats: number;
}

/** What the page shall run. */
export interface Job extends Budget {
  /** Width and height of the picture. */
  readonly size: number;
  readonly peers: readonly PagePeer[];
  readonly networks: readonly NetworkJob[];
}

/** What one peer took for one network. Times are in milliseconds. */
export interface Row {
  readonly network: string;
  readonly peer: string;
  /** Loading the library, the model and its weights. */
  readonly setupMs?: number;
  /** The first run, in which pipelines are compiled. */
  readonly firstMs?: number;
  /** The timed runs. */
  readonly timesMs?: readonly number[];
  /** Of one run, as for submits; absent where a peer does not use the GPU through this page. */
  readonly dispatches?: number;
  readonly submits?: number;
  /** Pipelines made until the last run was over. */
  readonly pipelines?: number;
  readonly peakBytes?: number;
  readonly adapter?: string;
  /** Largest difference to the reference's output in 0..1, and which peer is the reference. */
  readonly difference?: number;
  readonly reference?: string;
  /** Why this row does not count. */
  readonly failure?: string;
}
