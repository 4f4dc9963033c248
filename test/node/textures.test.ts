// The command textures with a stand-in for the network: what becomes of each texture of a GLB by its role, and of all that is none.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Issue, validateBytes } from "gltf-validator";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { bicubic } from "../../src/node/bicubic.js";
import { runCommand } from "../../src/node/cli.js";
import { parseCommand } from "../../src/node/cli-arguments.js";
import type { Engine, EngineChanges } from "../../src/node/engine.js";
import { type Glb, type GltfJson, imageBytes, parseGlb, withImages } from "../../src/node/glb.js";
import type { Subject } from "../../src/node/messages.js";
import { textureUses } from "../../src/node/texture-roles.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { NO_PIPES } from "./no-pipes.js";

const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-textures-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CLAMP = 33071;

interface Run extends EngineChanges {
  readonly channels: number;
  readonly width: number;
}

/** Repeats pixels. */
function repeating(runs: Run[], fails: (source: Pixels) => boolean = () => false): Engine {
  const plan = ({ width, height }: Omit<Pixels, "data">, { scale = 4 }: EngineChanges = {}) => {
    const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
    return { ...size, tiles: 1, reason: "", dispatches: 1, pipelines: 1, peakBytes: 1, weightBytes: 1 };
  };
  return {
    model: "repeating",
    adapter: "none",
    precision: "f32",
    plan,
    async *strips(source, { onProgress, scale, tileable }) {
      runs.push({ channels: source.channels, width: source.width, scale, tileable });
      if (fails(source)) throw new Error("the network is tired");
      const { width, height } = plan(source, { ...(scale !== undefined && { scale }) });
      const { channels } = source;
      const data = new Uint8Array(width * height * channels).map((_, i) => {
        const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
        const at = Math.floor((y * source.height) / height) * source.width + Math.floor((x * source.width) / width);
        return source.data[at * channels + (i % channels)]!;
      });
      yield { y: 0, pixels: { data, width, height, channels, bits: 8 } };
      onProgress({ done: 1, total: 1 });
    },
    destroy() {},
  };
}

type Texels = readonly (readonly number[])[];

/** A picture of 2x2 texels as a file. */
async function picture(texels: Texels, format: "png" | "jpeg" = "png"): Promise<Buffer> {
  const raw = { width: 2, height: 2, channels: texels[0]!.length as 3 | 4 };
  const image = sharp(Uint8Array.from(texels.flat()), { raw });
  return format === "png" ? image.png().toBuffer() : image.jpeg({ quality: 100 }).toBuffer();
}

interface Image {
  readonly bytes: Buffer;
  readonly mimeType?: string;
}

/** A GLB with a triangle before the images and numbers behind them. */
function glbOf(images: readonly Image[], rest: Partial<GltfJson> & Record<string, unknown> = {}): Buffer {
  const corners = Buffer.from(Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0).buffer);
  const pad = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  const stretches = [
    corners,
    ...images.map(({ bytes }) => bytes),
    Buffer.from(Float32Array.of(0, 0, 1, 0, 0, 1).buffer),
  ];
  const bufferViews = [];
  let byteOffset = 0;
  for (const bytes of stretches) {
    bufferViews.push({ buffer: 0, byteOffset, byteLength: bytes.length });
    byteOffset += pad(bytes).length;
  }
  const last = stretches.length - 1;
  const json = {
    asset: { version: "2.0" },
    buffers: [{ byteLength: byteOffset }],
    bufferViews,
    accessors: [
      { bufferView: 0, componentType: 5126, count: 3, type: "VEC3", min: [0, 0, 0], max: [1, 1, 0] },
      { bufferView: last, componentType: 5126, count: 3, type: "VEC2" },
    ],
    images: images.map(({ mimeType = "image/png" }, index) => ({ bufferView: index + 1, mimeType })),
    textures: images.map((_, source) => ({ source })),
    meshes: [{ primitives: [{ attributes: { POSITION: 0, TEXCOORD_0: 1 }, material: 0 }] }],
    nodes: [{ mesh: 0 }],
    scenes: [{ nodes: [0] }],
    scene: 0,
    ...rest,
  };
  const text = Buffer.from(JSON.stringify(json));
  const chunks = [
    [0x4e4f534a, Buffer.concat([text, Buffer.alloc(-text.length & 3, " ")])],
    [0x004e4942, Buffer.concat(stretches.map(pad))],
  ] as const;
  const parts = chunks.flatMap(([kind, bytes]) => [Buffer.from(Uint32Array.of(bytes.length, kind).buffer), bytes]);
  const length = 12 + parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from("glTF"), Buffer.from(Uint32Array.of(2, length).buffer), ...parts]);
}

async function run(glb: Buffer, words: string[] = [], fails?: (source: Pixels) => boolean) {
  const [input, output] = [join(folder, "in.glb"), join(folder, "out.glb")];
  writeFileSync(input, glb);
  rmSync(output, { force: true });
  const ran = { code: -1, out: [] as string[], notes: [] as string[], labels: new Set<string>(), runs: [] as Run[] };
  const listener = {
    result: (line: string) => void ran.out.push(line),
    note: (line: string) => void ran.notes.push(line),
    progress: ({ input: label }: Subject) => void ran.labels.add(label),
    temporary: () => {},
    ...NO_PIPES,
  };
  const command = parseCommand(["textures", input, "-o", output, ...words]);
  ran.code = await runCommand(command, listener, async () => repeating(ran.runs, fails));
  return { ...ran, output };
}

async function valid(file: string): Promise<Glb> {
  const bytes = readFileSync(file);
  const { issues } = await validateBytes(new Uint8Array(bytes));
  // The test's triangle has no tangents, which is not what is tested.
  const isOurs = ({ severity, code }: Issue) => severity < 2 && code !== "MESH_PRIMITIVE_GENERATED_TANGENT_SPACE";
  expect(issues.messages.filter(isOurs)).toEqual([]);
  return parseGlb(bytes, file);
}

async function texels(glb: Glb, index: number) {
  const image = sharp(imageBytes(glb, glb.json.images![index]!)!);
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return {
    data,
    width: info.width,
    height: info.height,
    channels: info.channels,
    mime: glb.json.images![index]!.mimeType,
  };
}

const COLOUR: Texels = [
  [200, 10, 20, 255],
  [30, 210, 40, 0],
  [50, 60, 220, 128],
  [70, 80, 90, 255],
];
const NORMAL: Texels = [
  [128, 128, 255],
  [180, 128, 200],
  [128, 90, 220],
  [128, 128, 128],
];
const ROUGHNESS: Texels = [
  [255, 10, 0],
  [255, 200, 0],
  [255, 90, 0],
  [255, 30, 0],
];

async function usual(rest: Partial<GltfJson> & Record<string, unknown> = {}) {
  const images = [
    { bytes: await picture(COLOUR) },
    { bytes: await picture(NORMAL) },
    { bytes: await picture(ROUGHNESS) },
    {
      bytes: await picture(
        ROUGHNESS.map(([r, g, b]) => [g!, r!, b!]),
        "jpeg",
      ),
      mimeType: "image/jpeg",
    },
  ];
  return glbOf(images, {
    samplers: [{ wrapS: CLAMP, wrapT: CLAMP }],
    textures: [{ source: 0 }, { source: 1, sampler: 0 }, { source: 2 }, { source: 3, sampler: 0 }],
    materials: [
      {
        pbrMetallicRoughness: { baseColorTexture: { index: 0 }, metallicRoughnessTexture: { index: 2 } },
        normalTexture: { index: 1 },
        emissiveTexture: { index: 3 },
      },
    ],
    ...rest,
  });
}

describe("textures of a GLB", () => {
  test("are made larger by their roles, and the rest is left alone", async () => {
    const before = await usual();
    const ran = await run(before);
    expect(ran).toMatchObject({ code: 0, out: [ran.output], notes: ["4 of 4 textures were made larger"] });
    expect([...ran.labels]).toEqual(["1/4 image 0", "3/4 image 2", "4/4 image 3"]);
    const glb = await valid(ran.output);
    const sizes = await Promise.all([0, 1, 2, 3].map((index) => texels(glb, index)));
    expect(sizes.map(({ width, height, channels }) => [width, height, channels])).toEqual([
      [8, 8, 4],
      [8, 8, 3],
      [8, 8, 3],
      [8, 8, 3],
    ]);
    expect(sizes.map(({ mime }) => mime)).toEqual(["image/png", "image/png", "image/png", "image/jpeg"]);
    const [colour, normal, roughness] = sizes;
    expect([...colour!.data.subarray(0, 4)]).toEqual(COLOUR[0]);
    expect([...colour!.data.subarray(7 * 4, 8 * 4)]).toEqual(COLOUR[1]);
    for (let i = 0; i < normal!.data.length; i += 3) {
      const length = Math.hypot(...[0, 1, 2].map((c) => normal!.data[i + c]! / 127.5 - 1));
      expect(Math.abs(length - 1)).toBeLessThan(0.01);
    }
    // None points into the surface, where the filter overshoots either.
    expect(normal!.data.filter((value, i) => i % 3 === 2 && value < 127)).toHaveLength(0);
    expect([...roughness!.data.subarray(0, 3)]).toEqual(ROUGHNESS[0]);
    // Colours in one run, other channels each by themselves unless they are the same everywhere.
    expect(ran.runs.map(({ channels }) => channels)).toEqual([4, 1, 3]);
    expect(ran.runs.map(({ tileable }) => tileable)).toEqual([true, true, false]);
    const old = parseGlb(before, "before");
    for (const view of [0, 5]) expect(viewBytes(glb, view)).toEqual(viewBytes(old, view));
    expect({ ...glb.json, buffers: 0, bufferViews: 0, images: 0 }).toEqual({
      ...old.json,
      buffers: 0,
      bufferViews: 0,
      images: 0,
    });
  });

  test("get no larger than --max-size", async () => {
    const ran = await run(await usual(), ["--max-size", "6"]);
    expect(ran.code).toBe(0);
    expect((await texels(await valid(ran.output), 0)).width).toBe(6);
    expect(ran.runs[0]!.scale).toBe(3);
    const none = await run(await usual(), ["--max-size", "2"]);
    expect(none.runs).toEqual([]);
    expect(none.notes).toContain("image 0 stays as it is: it has 2x2 pixels, and --max-size is 2");
    expect(none.notes.at(-1)).toBe("0 of 4 textures were made larger");
    await valid(none.output);
  });

  test("of which one is bad do not stop the others", async () => {
    const bad = { bytes: Buffer.from("no picture, whatever it says") };
    const glb = glbOf([bad, { bytes: await picture(COLOUR) }], {
      materials: [{ pbrMetallicRoughness: { baseColorTexture: { index: 0 } }, emissiveTexture: { index: 1 } }],
    });
    const ran = await run(glb);
    expect(ran.code).toBe(1);
    expect(ran.notes[0]).toMatch(/^image 0 stays as it is: The picture image 0 cannot be read: /);
    expect(ran.notes.at(-1)).toBe("1 of 2 textures were made larger");
    const after = parseGlb(readFileSync(ran.output), "after");
    expect(imageBytes(after, after.json.images![0]!)).toEqual(bad.bytes);
    expect((await texels(after, 1)).width).toBe(8);
    const tired = await run(await usual(), [], ({ channels }) => channels === 4);
    expect(tired.notes[0]).toBe(
      "image 0 stays as it is: Something went wrong that should not have: the network is tired",
    );
    expect(tired.notes.at(-1)).toBe("3 of 4 textures were made larger");
    await valid(tired.output);
  });

  test("that lie outside the file or in none of its materials stay", async () => {
    const glb = await usual({
      images: [
        { uri: "stone.png" },
        { bufferView: 2, mimeType: "image/png" },
        { bufferView: 3, mimeType: "image/png" },
      ],
      textures: [{ source: 0 }, { source: 1 }, { source: 2 }],
      materials: [{ pbrMetallicRoughness: { baseColorTexture: { index: 0 } }, emissiveTexture: { index: 1 } }],
    });
    const ran = await run(glb);
    expect(ran.code).toBe(1);
    expect(ran.notes[0]).toBe("image 0 stays as it is: it is not in the file itself; pack it into the GLB first");
    expect((await texels(parseGlb(readFileSync(ran.output), "after"), 2)).width).toBe(2);
  });

  test.each([
    [Buffer.from("glTF but short"), /^The file .*in\.glb is no GLB that can be read: it does not begin as one$/],
    [glbOf([]).subarray(0, 60), /is no GLB that can be read: it is cut off$/],
    [glbOf([], { bufferViews: [{ buffer: 0, byteLength: 1e9 }] }), /: a buffer view lies outside its binary part$/],
  ])("are not looked for in what is no GLB", async (bytes, message) => {
    const ran = await run(bytes);
    expect(ran.code).toBe(1);
    expect(ran.notes).toHaveLength(1);
    expect(ran.notes[0]).toMatch(message);
  });
});

test("smooth normals stay smooth, across the edges where they repeat", () => {
  const side = 24;
  const slope = (at: number) => 0.5 * Math.cos((at * Math.PI * 2) / 12);
  const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const x = slope(Math.floor(i / 3) % side);
    return Math.round(([x, 0, Math.sqrt(1 - x * x)][i % 3]! + 1) * 127.5);
  });
  const source = { data, width: side, height: side, channels: 3, bits: 8 } as const;
  const larger = bicubic(source, { width: 4 * side, height: 4 * side }, true);
  for (let i = 0; i < larger.data.length; i += 3) {
    const x = slope((((i / 3) % (4 * side)) + 0.5) / 4 - 0.5);
    expect(Math.abs(larger.data[i]! / 127.5 - 1 - x)).toBeLessThan(0.03);
  }
});

describe("words", () => {
  test("name the command before GLB files alone: a folder may be called so", () => {
    expect(parseCommand(["textures", "a.glb", "-o", "b.glb"])).toMatchObject({ action: "textures", inputs: ["a.glb"] });
    expect(parseCommand(["textures"])).toMatchObject({ action: "upscale", inputs: ["textures"] });
    expect(parseCommand(["textures", "a.png"])).toMatchObject({ action: "upscale", inputs: ["textures", "a.png"] });
    expect(() => parseCommand(["a.png", "--max-size", "8"])).toThrow(
      "The option --max-size is for the command textures",
    );
  });

  test.each([[["a.glb"]], [["a.glb", "b.glb", "-o", "c.glb"]]])(
    "are refused without one file and one output: %o",
    async (words) => {
      const notes: string[] = [];
      const listener = {
        result: () => {},
        note: (line: string) => void notes.push(line),
        progress: () => {},
        temporary: () => {},
        ...NO_PIPES,
      };
      expect(await runCommand(parseCommand(["textures", ...words]), listener)).toBe(2);
      expect(notes).toEqual(["The command textures takes one GLB file, and -o with the name of another"]);
    },
  );
});

test("an image's role is the one that changes it least, and it repeats only if it does so everywhere", () => {
  const json: GltfJson = {
    samplers: [{ wrapS: CLAMP }, {}],
    textures: [
      { source: 0 },
      { source: 0, sampler: 0 },
      { extensions: { EXT_texture_webp: { source: 1 } } },
      { source: 2, sampler: 1 },
    ],
    materials: [
      { occlusionTexture: { index: 0 }, emissiveTexture: { index: 1 } },
      {
        extensions: { KHR_materials_clearcoat: { clearcoatNormalTexture: { index: 2 } } },
        normalTexture: { index: 3 },
      },
    ],
  };
  expect([...textureUses(json)]).toEqual([
    [0, { role: "data", repeats: false }],
    [1, { role: "normal", repeats: true }],
    [2, { role: "normal", repeats: true }],
  ]);
});

test("stretches that extensions speak of move along, and views that two images share are parted", () => {
  const binary = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]);
  const inside = { buffer: 0, byteOffset: 4, byteLength: 4 };
  const json = {
    buffers: [{ byteLength: 8 }, { byteLength: 12 }],
    bufferViews: [
      { buffer: 0, byteLength: 4 },
      { buffer: 1, byteLength: 12, extensions: { EXT_meshopt_compression: inside } },
    ],
    images: [{ bufferView: 0 }, { bufferView: 0 }],
  };
  const made = withImages({ json, binary }, new Map([[0, { bytes: Buffer.alloc(40, 9), mimeType: "image/png" }]]));
  const after = parseGlb(made, "made");
  expect([...imageBytes(after, after.json.images![0]!)!]).toEqual(new Array(40).fill(9));
  expect([...imageBytes(after, after.json.images![1]!)!]).toEqual([1, 2, 3, 4]);
  const moved = after.json.bufferViews![1]!.extensions!.EXT_meshopt_compression as typeof inside;
  expect([...after.binary.subarray(moved.byteOffset, moved.byteOffset + 4)]).toEqual([5, 6, 7, 8]);
  expect(after.json.bufferViews![1]).toMatchObject({ buffer: 1, byteLength: 12 });
});

function viewBytes({ json, binary }: Glb, index: number): Buffer {
  const { byteOffset = 0, byteLength } = json.bufferViews![index]!;
  return binary.subarray(byteOffset, byteOffset + byteLength);
}
