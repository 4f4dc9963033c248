const BAR_WIDTH = 24;
export class ProgressBar {
    stream;
    drawn = false;
    constructor(stream) {
        this.stream = stream;
    }
    draw(label, progress) {
        if (!this.stream.isTTY)
            return;
        this.stream.write(`\r\x1b[2K${progressText(label, progress, this.stream.columns || 80)}`);
        this.drawn = true;
    }
    clear() {
        if (this.drawn)
            this.stream.write("\r\x1b[2K");
        this.drawn = false;
    }
}
/** The bar as text that fits one line of this width. */
export function progressText(label, { done, total, etaMs }, columns) {
    const part = total > 0 ? Math.min(1, done / total) : 0;
    const filled = Math.floor(part * BAR_WIDTH);
    const bar = `[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}]`;
    const left = etaMs !== undefined && Number.isFinite(etaMs) && part < 1 ? ` ${duration(etaMs)} left` : "";
    const rest = ` ${bar} ${String(Math.floor(part * 100)).padStart(3)} %${left}`;
    const room = Math.max(0, columns - 1 - rest.length);
    const shown = label.length <= room ? label : room > 3 ? `...${label.slice(label.length - room + 3)}` : "";
    return `${shown}${rest}`.slice(0, Math.max(0, columns - 1));
}
function duration(ms) {
    const seconds = Math.ceil(ms / 1000);
    if (seconds < 60)
        return `${seconds} s`;
    const minutes = Math.ceil(seconds / 60);
    return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
