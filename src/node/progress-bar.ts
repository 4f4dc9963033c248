// Progress on the command line: a bar on one line of a terminal, or lines of JSON. Elsewhere there is none.
import { basename } from "node:path";
import type { WriteStream } from "node:tty";
import type { EngineProgress } from "./engine.js";
import { printable, printableJson } from "./file-name.js";
import type { Subject } from "./messages.js";

const BAR_WIDTH = 24;
const LINE_GAP_MS = 100;

export class ProgressBar {
  private drawn = false;

  constructor(private readonly stream: WriteStream) {}

  draw(subject: Subject, progress: EngineProgress): void {
    if (!this.stream.isTTY) return;
    this.stream.write(`\r\x1b[2K${progressText(subjectLabel(subject), progress, this.stream.columns || 80)}`);
    this.drawn = true;
  }

  clear(): void {
    if (this.drawn) this.stream.write("\r\x1b[2K");
    this.drawn = false;
  }
}

/** Progress as lines of JSON, ten a second at most and the end of each picture. */
export class ProgressLines {
  private nextMs = 0;

  constructor(private readonly stream: WriteStream) {}

  draw(subject: Subject, progress: EngineProgress): void {
    const now = performance.now();
    if (now < this.nextMs && progress.done < progress.total) return;
    this.nextMs = now + LINE_GAP_MS;
    this.stream.write(`${printableJson({ event: "progress", ...subject, ...progress })}\n`);
  }

  clear(): void {}
}

/** What is worked on, for a line. */
export function subjectLabel({ input, index, count }: Subject): string {
  const name = printable(basename(input));
  return index === undefined ? name : `${index}/${count} ${name}`;
}

/** The bar as text that fits one line of this width. */
export function progressText(label: string, { done, total, etaMs }: EngineProgress, columns: number): string {
  const part = total > 0 ? Math.min(1, done / total) : 0;
  const filled = Math.floor(part * BAR_WIDTH);
  const bar = `[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}]`;
  const left = etaMs !== undefined && Number.isFinite(etaMs) && part < 1 ? ` ${duration(etaMs)} left` : "";
  const rest = ` ${bar} ${String(Math.floor(part * 100)).padStart(3)} %${left}`;
  const room = Math.max(0, columns - 1 - rest.length);
  const shown = label.length <= room ? label : room > 3 ? `...${label.slice(label.length - room + 3)}` : "";
  return `${shown}${rest}`.slice(0, Math.max(0, columns - 1));
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
