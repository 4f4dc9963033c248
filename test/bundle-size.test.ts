// What a page downloads to enlarge a bitmap into a canvas, without the weights: bytes that nobody asked for are seen here.

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type OutputChunk, rolldown } from "rolldown";
import { expect, it } from "vitest";
import { minifyWgsl, minifyWgslOf } from "../tools/minify-wgsl.mjs";

const PAGE = `
import { openDevice } from "../src/browser.ts";
import { createUpscaler } from "../src/index.ts";
globalThis.enlarge = async (bitmap, canvas) => {
  const { device } = await openDevice();
  const upscaler = await createUpscaler(device, { model: "/model.safetensors" });
  await upscaler.upscale(bitmap, { canvas });
};`;

/** The files of the page: the first and those that it imports at once, what a first picture needs besides, and those for later. */
async function filesOfPage() {
  const page = fileURLToPath(new URL("page.js", import.meta.url));
  const build = await rolldown({
    input: page,
    preserveEntrySignatures: false,
    external: /general-x4v3\.js$/,
    plugins: [
      {
        name: "page",
        resolveId: (id) => (id === page ? id : undefined),
        load: (id) => (id === page ? PAGE : undefined),
        transform: (code, id) => (id.includes("/src/") ? minifyWgslOf(code) : undefined),
      },
    ],
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  const chunks = output.filter((each) => each.type === "chunk");
  const withImports = (some: readonly OutputChunk[]) => {
    const all = new Set(some);
    for (const { imports } of all) for (const each of chunks) if (imports.includes(each.fileName)) all.add(each);
    return all;
  };
  const now = withImports(chunks.filter(({ isEntry }) => isEntry));
  const part = withImports(chunks.filter(({ name }) => name === "upscaler-class"));
  return {
    now: [...now],
    firstPicture: [...part].filter((each) => !now.has(each)),
    later: chunks.filter((each) => !now.has(each) && !part.has(each)),
  };
}

function byteLength(files: readonly OutputChunk[]): number {
  return files.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
}

it("what a page loads at once, and beside the model, is within its budget, and the rest is for later", async () => {
  const { now, firstPicture, later } = await filesOfPage();
  expect(byteLength(now)).toBeGreaterThan(20_000); // loading models is in it
  expect(byteLength(now)).toBeLessThanOrEqual(32_900);
  expect(byteLength(firstPicture)).toBeGreaterThan(30_000); // the kernels are in it
  expect(byteLength(firstPicture)).toBeLessThanOrEqual(57_000);
  const names = later.map(({ name }) => name);
  const parts = [
    "pth",
    "create-pass",
    "detect",
    "tuner",
    "idle-tuning",
    "kernel-check",
    "sniff",
    "png",
    "read-texture",
    "sha256",
    "no-adapter",
  ];
  for (const part of [...parts, "transparency-fill", "alpha-fill"]) expect(names).toContain(part);
});

it.each([
  ["a  =  b ; // why\n c", "a=b;c"],
  ["var<storage, read> x: array<u32> = y;", "var<storage,read>x:array<u32> =y;"],
  ["a - -b + /* of\nlines */ c", "a- -b+c"],
  ["fn f() -> u32 {\n  return 1u;\n}", "fn f()->u32{return 1u;}"],
  ["x = select(a, b, c < d && e >= f);", "x=select(a,b,c<d&&e>=f);"],
  ["\n@compute @workgroup_size(8)\nfn main() {}", " @compute @workgroup_size(8)fn main(){}"],
])("WGSL is minified to what means the same: %j", (text, expected) => {
  expect(minifyWgsl(text)).toBe(expected);
});

it("only texts that are marked and whole are minified", () => {
  const part = "/* wgsl */ `z  = $".concat("{a};`");
  const code = `const a = /* wgsl */ \`x  = 1;\`, b = \`y  = 1;\`, c = ${part};`;
  expect(minifyWgslOf(code)).toBe(code.replace("x  = 1", "x=1"));
});
