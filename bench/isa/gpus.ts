// Owns the table of GPUs whose compilers can be asked, and which driver compiles for each. How a
// driver is run is compiler.ts.

/** Mesa's Vulkan drivers by the names of their libraries: AMD, Intel, Adreno, NVIDIA, Mali, Apple. */
export type Driver = "radeon" | "intel" | "freedreno" | "nouveau" | "panfrost" | "asahi";

export interface TargetGpu {
  /** What a reader knows it by. */
  readonly title: string;
  readonly driver: Driver;
}

export const GPUS: Readonly<Record<string, TargetGpu>> = {
  navi21: { title: "RDNA2", driver: "radeon" },
  navi31: { title: "RDNA3", driver: "radeon" },
  tgl: { title: "Intel Tiger Lake, Gen12", driver: "intel" },
  adl: { title: "Intel Alder Lake, Gen12", driver: "intel" },
  mtl: { title: "Intel Meteor Lake, Xe-LPG", driver: "intel" },
  dg2: { title: "Intel Arc A770, Xe-HPG", driver: "intel" },
  lnl: { title: "Intel Lunar Lake, Xe2", driver: "intel" },
  bmg: { title: "Intel Arc B580, Xe2", driver: "intel" },
  a618: { title: "Adreno 618", driver: "freedreno" },
  a630: { title: "Adreno 630", driver: "freedreno" },
  a650: { title: "Adreno 650", driver: "freedreno" },
  a660: { title: "Adreno 660", driver: "freedreno" },
  a730: { title: "Adreno 730", driver: "freedreno" },
  a740: { title: "Adreno 740", driver: "freedreno" },
  a750: { title: "Adreno 750", driver: "freedreno" },
  x185: { title: "Adreno X1-85", driver: "freedreno" },
  tu102: { title: "NVIDIA Turing", driver: "nouveau" },
  ga102: { title: "NVIDIA Ampere", driver: "nouveau" },
  ad102: { title: "NVIDIA Ada", driver: "nouveau" },
  g610: { title: "Mali-G610, Valhall, under qemu", driver: "panfrost" },
  g720: { title: "Mali-G720, fifth generation, under qemu", driver: "panfrost" },
  g725: { title: "Mali-G725, fifth generation, under qemu", driver: "panfrost" },
  m1: { title: "Apple M1", driver: "asahi" },
  m2: { title: "Apple M2", driver: "asahi" },
};

/** One or two of each vendor, without Mali's, whose compiler runs under qemu and takes minutes a kernel. */
export const FAST_GPUS = ["navi21", "navi31", "tgl", "bmg", "a730", "ga102", "m1"] as const;

/** AMD's, which need no setup beyond Debian's own driver. */
export const AMD_GPUS = ["navi21", "navi31"] as const;

/** @throws Error naming the GPUs there are */
export function requireGpu(name: string): TargetGpu {
  const found = Object.hasOwn(GPUS, name) ? GPUS[name] : undefined;
  if (!found) throw new Error(`There is no GPU "${name}" in the table; there are ${Object.keys(GPUS).join(", ")}`);
  return found;
}

/** The processor that the driver runs on: Debian builds Mali's for arm64 alone. */
export function hostOf({ driver }: TargetGpu): "amd64" | "arm64" {
  return driver === "panfrost" ? "arm64" : "amd64";
}
