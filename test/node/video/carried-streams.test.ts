// Which streams of a source a result gets: as a kind of file takes them, which is ffmpeg's to say.
import { expect, test } from "vitest";
import { fittingStreams } from "../../../src/node/video/carried-streams.js";
import type { OtherStream } from "../../../src/node/video/probe-video.js";

const text: OtherStream = { kind: "subtitle", index: 2, name: "ass" };
const bitmap: OtherStream = { kind: "subtitle", index: 3, name: "hdmv_pgs_subtitle" };
const font: OtherStream = { kind: "attachment", index: 4, name: "a.ttf" };

/** A kind of file that takes these streams in these ways, loses those marked so, and refuses others. */
function fileThat(takes: Readonly<Record<string, "held" | "lost">>) {
  return async (words: readonly string[]): Promise<OtherStream[]> =>
    words.flatMap((word, at) => {
      if (word !== "-map") return [];
      const way = `${words[at + 1]} ${words[at + 3]}`;
      if (!takes[way]) throw new Error(`no ${way}`);
      return takes[way] === "held" ? [text] : [];
    });
}

test("all are copied where they can be, in one go", async () => {
  let tries = 0;
  const file = fileThat({ "1:2 copy": "held", "1:4 copy": "held" });
  const carried = await fittingStreams([text, font], (words) => {
    tries++;
    return file(words);
  });
  expect(carried).toEqual({ words: ["-map", "1:2", "-c:s:0", "copy", "-map", "1:4", "-c:t:0", "copy"], notes: [] });
  expect(tries).toBe(1);
});

test("each is copied, converted or left out, and what is lost silently is left out with a note", async () => {
  const file = fileThat({ "1:3 copy": "held", "1:2 subrip": "held", "1:2 copy": "lost", "1:4 copy": "lost" });
  expect(await fittingStreams([bitmap, text, font], file)).toEqual({
    words: ["-map", "1:3", "-c:s:0", "copy", "-map", "1:2", "-c:s:1", "subrip"],
    notes: [
      "its subtitle ass is converted to subrip, without what that lacks",
      "its attachment a.ttf is left out, as the result's kind of file cannot hold it",
    ],
  });
});
