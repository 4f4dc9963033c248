// Owns running the benchmark in Node: which adapter, where the weights are, what is known of the machine.

import { readFile } from "node:fs/promises";
import { cpus, loadavg, platform, release } from "node:os";
import { basename, join } from "node:path";
import { BUNDLED_MODELS } from "../../src/models/bundled.js";
import { type Model, readModel } from "../../src/models/model.js";
import { isNamed } from "../../src/node/adapters.js";
import { listAdapters, openDevice } from "../../src/node/index.js";
import { MATRIX_VARIANTS } from "../../test/cases/matrix-variants.js";
import { runBench } from "../harness/bench.js";
import type { Report, Row, SuiteName } from "../harness/row.js";
import type { Conditions, SessionOptions } from "../harness/session.js";
import { checkout, manifest } from "./checkout.js";

export interface NodeBenchOptions {
  readonly suites: readonly SuiteName[];
  readonly adapter: string | undefined;
  readonly filter: SessionOptions["filter"];
  readonly quick: boolean;
  /** Whether to measure kernels that no device gets yet, by experimental features. */
  readonly experiments?: boolean;
  readonly seconds: number | undefined;
  readonly command: string;
  readonly onReady: (conditions: Conditions) => void;
  readonly onRow: (row: Row) => void;
  readonly onStep: (what: string) => void;
}

/** @throws EsrganError "unsupported-device" if there is no such adapter, "device-lost" */
export async function benchInNode(options: NodeBenchOptions): Promise<Report> {
  // Kernels that Mesa finds on disk would make the first run of each look free.
  process.env.MESA_SHADER_CACHE_DISABLE ??= "true";
  const { adapter, suites, filter, quick, command, onReady, onRow, onStep } = options;
  const found = (await listAdapters()).find((info) => adapter === undefined || isNamed(info, adapter));
  const features: GPUFeatureName[] = found?.features.includes("timestamp-query") ? ["timestamp-query"] : [];
  const experiment = {
    features: [...features, "shader-f16", "chromium-experimental-subgroup-matrix"] as GPUFeatureName[],
    dawnOptions: ["enable-dawn-features=allow_unsafe_apis"],
  };
  const opened = await openDevice({
    ...(adapter === undefined ? {} : { adapter }),
    ...(options.experiments ? experiment : { features }),
  });
  const loadBefore = loadavg()[0]!;
  try {
    const report = await runBench({
      device: opened.device,
      ...(options.experiments ? { adapterInfo: opened.adapter.info, variants: MATRIX_VARIANTS } : {}),
      suites,
      filter,
      quick,
      rowSeconds: options.seconds,
      library: manifest(),
      command,
      environment: {
        device: opened.device.adapterInfo?.device || "unnamed",
        runtime: `Node ${process.versions.node}`,
        system: `${platform()} ${release()}`,
        processor: processor(),
      },
      loadModel: bundledModel,
      onReady,
      onRow,
      onStep,
    });
    const load = `${loadBefore.toFixed(1)} before, ${loadavg()[0]!.toFixed(1)} after`;
    return { ...report, environment: { ...report.environment, "load average": load } };
  } finally {
    opened.destroy();
  }
}

/** The model of this name in the checkout's folder models. */
export async function bundledModel(name: string): Promise<Model> {
  const { package: companion = name, entry = name, stated } = BUNDLED_MODELS[name]!;
  const path = join(checkout, "models", basename(companion), `${entry}.safetensors`);
  return readModel(await readFile(path), { name, stated });
}

function processor(): string {
  const all = cpus();
  return `${all.length} x ${all[0]?.model.trim() ?? "unknown"}`;
}
