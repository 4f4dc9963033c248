// The command `video` with the system's ffmpeg and a stand-in for the network: pictures, times and sound of the result, and that a run that was
// ended goes on.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../../../src/node/cli.js";
import { parseCommand } from "../../../src/node/cli-arguments.js";
import { systemPath } from "../../../src/node/file-name.js";
import { type OtherStream, otherStreams } from "../../../src/node/video/probe-video.js";
import { noteNotRun } from "../../not-run.js";
import { Repeating } from "../repeating.js";

const folder = mkdtempSync(join(tmpdir(), "esrgan-webgpu-video-"));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(at(name), { recursive: true });
});

const hasFfmpeg = (() => {
  try {
    execFileSync("ffmpeg", ["-version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
if (!hasFfmpeg) noteNotRun("Videos", "there is no ffmpeg");

const ffmpeg = (...words: string[]) =>
  execFileSync("ffmpeg", ["-v", "error", "-y", ...words], { cwd: folder, maxBuffer: 2 ** 28 });
const sound = ["-f", "lavfi", "-i", "sine=duration=1.2"];
const testPicture = (rate: string) => ["-f", "lavfi", "-i", `testsrc=duration=1.2:size=32x24:rate=${rate}`];

interface Probed {
  times: number[];
  audio: string;
  video: Record<string, unknown>;
}

function probe(name: string): Probed {
  const json = (...words: string[]) =>
    JSON.parse(execFileSync("ffprobe", ["-v", "error", "-of", "json", ...words, at(name)], { encoding: "utf8" }));
  const { frames } = json("-select_streams", "v:0", "-show_entries", "frame=best_effort_timestamp_time");
  const { packets, streams } = json("-show_packets", "-show_data_hash", "md5", "-show_streams");
  const audio = (packets as Record<string, string>[]).filter((each) => each.codec_type === "audio");
  return {
    times: frames.map((each: Record<string, string>) => Number(each.best_effort_timestamp_time)),
    audio: audio.map(({ pts_time, data_hash }) => `${Number(pts_time).toFixed(3)} ${data_hash}`).join("\n"),
    video: streams.find((each: Record<string, string>) => each.codec_type === "video"),
  };
}

async function run(words: string[], beforeRow?: (run: number, y: number) => unknown) {
  const ran = { code: -1, out: [] as string[], err: [] as string[], runs: 0, progress: [0, 0] };
  let engine: Repeating | undefined;
  ran.code = await runCommand(
    parseCommand(["video", ...words]),
    {
      result: (line) => void ran.out.push(line),
      note: (line) => void ran.err.push(line),
      progress: (_, { done, total }) => {
        ran.progress = [done, total];
      },
      temporary: () => {},
      standardInput: async function* () {},
      standardOutput: async () => {},
    },
    async (model, options) => {
      engine = new Repeating(options, options.scale ?? model.network.scale, beforeRow);
      return engine;
    },
  );
  ran.runs = engine?.runs ?? 0;
  ran.err = ran.err.filter((line) => !line.endsWith("it was done twice"));
  expect(engine?.isDestroyed ?? true).toBe(true);
  return ran;
}

/** How far two videos' pictures are apart, in levels on average, the second made as large as the first. */
function difference(large: string, small: string, at = 4): number {
  const raw = (name: string, filter: string) =>
    ffmpeg("-i", name, "-vf", filter, "-fps_mode", "passthrough", "-pix_fmt", "rgb24", "-f", "rawvideo", "-");
  const [a, b] = [
    raw(large, "null"),
    raw(small, `scale=flags=bicubic+accurate_rnd+full_chroma_int,format=rgb24,scale=iw*${at}:ih*${at}:flags=neighbor`),
  ];
  expect(a.length).toBe(b.length);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}

function expectClose(actual: readonly number[], expected: readonly number[], within: number): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, time] of actual.entries()) expect(Math.abs(time - expected[i]!), `frame ${i}`).toBeLessThan(within);
}

describe.runIf(hasFfmpeg)("a video", { timeout: 180_000 }, () => {
  test.each([
    ["30000/1001", "in.mp4", "out.mp4"],
    ["25", "in.mkv", "out.mkv"],
    ["10", "in.avi", "out.mov"],
  ])("of %s frames a second, from %s to %s: frames, times and sound", async (rate, from, to) => {
    ffmpeg(...testPicture(rate), ...sound, "-c:v", from.endsWith("avi") ? "mpeg4" : "libx264", "-c:a", "aac", from);
    const before = probe(from);
    const ran = await run([at(from), "-o", at(to), "--part-frames", "7"]);
    expect(ran).toMatchObject({ code: 0, out: [at(to)], err: [] });
    expect(ran.runs).toBe(before.times.length);
    expect(ran.progress).toEqual([before.times.length, before.times.length]);
    const after = probe(to);
    expect(after.video).toMatchObject({ width: 128, height: 96, codec_name: "h264", pix_fmt: "yuv420p" });
    expectClose(after.times, before.times, to.endsWith("mkv") ? 0.0011 : 0.0002);
    expect(after.audio).toBe(before.audio);
    if (to.endsWith("mp4")) expect(Number(after.video.duration)).toBeCloseTo(Number(before.video.duration), 3);
    expect(difference(to, from)).toBeLessThan(6);
    expect(readdirSync(folder).sort()).toEqual([from, to]);
  });

  test("of frames that come as they like keeps their times", async () => {
    const uneven = "settb=1/12800,setpts='(N+mod(N,3)*0.4+gt(N,9)*5)/(12*TB)'";
    ffmpeg(
      ...testPicture("12"),
      ...sound,
      "-vf",
      uneven,
      "-fps_mode",
      "passthrough",
      "-c:v",
      "libx264",
      "-c:a",
      "aac",
      "in.mp4",
    );
    const before = probe("in.mp4");
    const gaps = before.times.slice(1).map((time, i) => Math.round((time - before.times[i]!) * 1000));
    expect(new Set(gaps).size).toBeGreaterThan(2);
    expect(await run([at("in.mp4"), "-o", at("out.mp4"), "--part-frames", "4"])).toMatchObject({ code: 0, err: [] });
    const after = probe("out.mp4");
    expectClose(after.times, before.times, 0.0002);
    expect(after.audio).toBe(before.audio);
  });

  test("that starts late, has 10 bits, colours and oblong pixels keeps these", async () => {
    const colours = ["-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", "smpte2084"];
    const encode = ["-pix_fmt", "yuv420p10le", "-c:v", "libx264", "-c:a", "aac"];
    ffmpeg(
      "-itsoffset",
      "0.5",
      ...testPicture("10"),
      ...sound,
      "-vf",
      "scale=out_color_matrix=bt2020,format=yuv420p10le,setsar=4/3",
      ...encode,
      ...colours,
      "in.mkv",
    );
    const before = probe("in.mkv");
    expect(before.times[0]).toBeCloseTo(0.5, 1);
    expect(await run([at("in.mkv"), "-o", at("out.mkv"), "-s", "2"])).toMatchObject({ code: 0, err: [] });
    const after = probe("out.mkv");
    expect(after.video).toMatchObject({
      width: 64,
      pix_fmt: "yuv420p10le",
      color_space: "bt2020nc",
      color_primaries: "bt2020",
      color_transfer: "smpte2084",
      sample_aspect_ratio: "4:3",
    });
    expectClose(after.times, before.times, 0.0011);
    expect(after.audio).toBe(before.audio);
    expect(difference("out.mkv", "in.mkv", 2)).toBeLessThan(6);
  });

  test("goes on behind the last part that is whole, and is the same then", async () => {
    ffmpeg(...testPicture("10"), ...sound, "-c:v", "libx264", "-c:a", "aac", "in.mp4");
    const words = [at("in.mp4"), "--part-frames", "5", "-o"];
    await run([...words, at("whole.mp4")]);
    const ended = await run([...words, at("out.mp4")], (frame) => {
      if (frame === 7) throw new Error("it is ended here");
    });
    expect(ended).toMatchObject({ code: 1, out: [], err: [expect.stringMatching(/it is ended here$/)] });
    expect(existsSync(at("out.mp4"))).toBe(false);
    const again = await run([...words, at("out.mp4"), "--json"]);
    expect(again).toMatchObject({ code: 0, runs: 7, err: [] });
    expect(JSON.parse(again.out[0]!)).toMatchObject({ frames: 12, resumedFrames: 5 });
    const [out, whole] = [probe("out.mp4"), probe("whole.mp4")];
    expect(out.times).toEqual(whole.times);
    expect(out.audio).toBe(whole.audio);
    const decoded = (name: string) => ffmpeg("-i", name, "-map", "0:v", "-f", "framemd5", "-").toString();
    expect(decoded("out.mp4")).toBe(decoded("whole.mp4"));
  });

  test("begins anew where it was begun with other settings", async () => {
    ffmpeg(...testPicture("10"), "-c:v", "libx264", "in.mp4");
    const words = [at("in.mp4"), "--part-frames", "5", "-o", at("out.mp4")];
    await run(words, (frame) => {
      if (frame === 7) throw new Error("it is ended here");
    });
    const again = await run([...words, "-s", "2"]);
    expect(again).toMatchObject({ code: 0, runs: 12 });
    expect(again.err).toEqual([expect.stringMatching(/out\.mp4: an unfinished run with another .* was begun anew$/)]);
    expect(probe("out.mp4").video.width).toBe(64);
  });

  test("is made by one run at a time, and leaves nothing where none was begun", async () => {
    ffmpeg(...testPicture("5"), "-c:v", "mpeg4", "in.mkv");
    const words = [at("in.mkv"), "-o", at("out.mkv"), "--part-frames", "2"];
    let beside: Awaited<ReturnType<typeof run>> | undefined;
    const first = await run(words, async (frame, y) => {
      if (frame === 3 && y === 0) beside = await run([...words, "-s", "2"]);
    });
    const said = `The output ${at("out.mkv")} cannot be written: the process ${process.pid} is at it`;
    expect(beside).toMatchObject({ code: 1, out: [], runs: 0, err: [said] });
    expect(first).toMatchObject({ code: 0, runs: 6, err: [] });
    expect(probe("out.mkv").times).toEqual(probe("in.mkv").times);
    expect((await run([...words, "--encode=-c:v none264"])).code).toBe(1);
    expect(readdirSync(folder).sort()).toEqual(["in.mkv", "out.mkv"]);
  });

  test("keeps subtitles and attachments that its kind of file can hold, converted or as they are", async () => {
    writeFileSync(at("in.srt"), "1\n00:00:00,100 --> 00:00:00,900\nHello\n");
    writeFileSync(at("in.ttf"), "font");
    const font = ["-attach", "in.ttf", "-metadata:s:t", "mimetype=font/ttf"];
    ffmpeg(...testPicture("5"), "-i", "in.srt", ...font, "-c:v", "mpeg4", "-c:s", "subrip", "in.mkv");
    const words = [at("in.mkv"), "--encode=-c:v mpeg4", "-o"];
    const named = (others: readonly OtherStream[]) => others.map(({ kind, name }) => `${kind} ${name}`);
    expect(await run([...words, at("out.mkv")])).toMatchObject({ code: 0, err: [] });
    expect(named(await otherStreams(at("out.mkv")))).toEqual(["subtitle subrip", "attachment in.ttf"]);
    expect(await run([...words, at("out.mp4")])).toMatchObject({
      code: 0,
      err: [
        `${at("in.mkv")}: its subtitle subrip is converted to mov_text, without what that lacks`,
        `${at("in.mkv")}: its attachment in.ttf is left out, as the result's kind of file cannot hold it`,
      ],
    });
    expect(named(await otherStreams(at("out.mp4")))).toEqual(["subtitle mov_text"]);
    expect(ffmpeg("-i", "out.mp4", "-f", "srt", "-").toString()).toMatch(/00,100 --> 00:00:00,900\s+Hello/);
  });

  test("whose parts were all there is joined with what else it holds", async () => {
    writeFileSync(at("in.srt"), "1\n00:00:00,100 --> 00:00:00,900\nHello\n");
    ffmpeg(...testPicture("5"), "-i", "in.srt", "-c:v", "libx264", "-c:s", "mov_text", "in.mp4");
    const words = [at("in.mp4"), "--encode=-c:v mpeg4", "-o", at("out.mkv")];
    const ended = await run(words, (frame) => {
      if (frame === 5) mkdirSync(at("out.mkv"), { recursive: true });
    });
    expect(ended).toMatchObject({ code: 1, err: [expect.anything(), expect.stringMatching(/cannot be written/)] });
    rmSync(at("out.mkv"), { recursive: true });
    expect(await run(words)).toMatchObject({ code: 0, runs: 0, err: [expect.stringMatching(/converted to subrip/)] });
    expect(await otherStreams(at("out.mkv"))).toMatchObject([{ name: "subrip" }]);
    expect(probe("out.mkv").times).toHaveLength(6);
    expect(readdirSync(folder).sort()).toEqual(["in.mp4", "in.srt", "out.mkv"]);
  });

  test("replaces what a link leads to, and keeps that file's mode and the language", async () => {
    ffmpeg(...testPicture("5"), "-c:v", "mpeg4", "-metadata:s:v:0", "language=deu", "in.mkv");
    mkdirSync(at("shelf"));
    writeFileSync(at("shelf/old.mkv"), "old", { mode: 0o640 });
    symlinkSync("shelf/old.mkv", at("out.mkv"));
    expect(await run([at("in.mkv"), "-o", at("out.mkv")])).toMatchObject({ code: 0, err: [] });
    expect(lstatSync(at("out.mkv")).isSymbolicLink()).toBe(true);
    expect(statSync(at("shelf/old.mkv")).mode & 0o777).toBe(0o640);
    expect(readdirSync(at("shelf"))).toEqual(["old.mkv"]);
    expect(probe("shelf/old.mkv").video.tags).toMatchObject({ language: "deu" });
  });

  test.runIf(process.platform === "linux")("has any name that the file system takes", async () => {
    ffmpeg(...testPicture("5"), "-c:v", "mpeg4", "in.mkv");
    const raw = at("Gr\udcfc\udcdfe"); // bytes of Latin-1, which are no UTF-8
    mkdirSync(systemPath(raw));
    copyFileSync(at("in.mkv"), systemPath(join(raw, "\udce9.mkv")));
    for (const [input, output] of [
      [join(raw, "\udce9.mkv"), join(raw, "out.mkv")],
      [at("in.mkv"), at(`${"o".repeat(251)}.mkv`)],
    ] as const) {
      expect(await run([input, "-o", output])).toMatchObject({ code: 0, err: [] });
      expect(statSync(systemPath(output)).size).toBeGreaterThan(1000);
    }
    rmSync(systemPath(raw), { recursive: true });
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test("that is cut off or has transparency is made as far as it goes, with a note", async () => {
    ffmpeg(...testPicture("10"), "-c:v", "mpeg4", "-g", "3", "-movflags", "+faststart", "whole.mp4");
    writeFileSync(at("cut.mp4"), readFileSync(at("whole.mp4")).subarray(0, -1500));
    const cut = await run([at("cut.mp4"), "-o", at("out.mp4")]);
    expect(cut.code).toBe(0);
    expect(cut.err).toEqual([
      expect.stringMatching(/cut\.mp4: it is cut off or damaged \(ffmpeg says: .+\); \d+ of 12 frames/),
    ]);
    ffmpeg(...testPicture("5"), "-vf", "format=rgba", "-c:v", "png", "clear.mkv");
    const clear = await run([at("clear.mkv"), "-o", at("out.mkv")]);
    expect(clear).toMatchObject({
      code: 0,
      err: [`${at("clear.mkv")}: its transparency is left out, as the result has none`],
    });
  });

  test("or none: one sentence", async () => {
    writeFileSync(at("text.mp4"), "text");
    ffmpeg(...sound, "-c:a", "aac", "sound.mp4");
    ffmpeg(...testPicture("10"), ...sound, "-c:v", "libx264", "-c:a", "aac", "in.mp4");
    for (const [words, message] of [
      [["none.mp4", "-o", "out.mp4"], /^The video .*none\.mp4 cannot be read: there is no such file$/],
      [["text.mp4", "-o", "out.mp4"], /^The video .*text\.mp4 cannot be read: ffprobe says: moov atom not found$/],
      [["sound.mp4", "-o", "out.mp4"], /sound\.mp4 cannot be read: there are no moving pictures in it$/],
      [["in.mp4", "-o", "in.mp4"], /^The output .* is the same file as the input/],
      [["in.mp4", "-o", "out"], /^The output .*out has no ending to say what kind of video it is$/],
      [["in.mp4", "-o", "out.PNG"], /^The output .*out\.PNG is one picture by its ending, and no video$/],
      [["in.mp4", "-o", "no/out.mp4"], /^The folder .*no does not exist; --mkdir makes it$/],
      [["in.mp4", "-o", "out.webm"], /^The output .*out\.webm cannot be written: ffmpeg says: .*VP8 or VP9 or AV1/],
      [["in.mp4", "-o", "out.mp4", "--encode=-c:v none264"], /cannot be written: ffmpeg says: .*none264/],
      [["in.mp4", "-o", "out.mp4", "-s", "1.1"], /cannot be written: ffmpeg says: .*divisible by 2/],
    ] as const) {
      const [input, , output, ...rest] = words;
      const ran = await run([at(input), "-o", at(output), ...rest]);
      expect(ran, message.source).toMatchObject({ code: 1, out: [], runs: 0, err: [expect.stringMatching(message)] });
    }
    expect(statSync(at("in.mp4")).size).toBeGreaterThan(0);
    const path = process.env.PATH;
    process.env.PATH = folder;
    try {
      expect((await run([at("in.mp4"), "-o", at("out.mp4")])).err).toEqual([
        "Videos are read and written by ffmpeg, and ffprobe was not found; install ffmpeg, or put its folder into PATH",
      ]);
    } finally {
      process.env.PATH = path;
    }
  });
});
