import { type Command } from "./cli-arguments.js";
import { type EngineProgress, openEngine } from "./engine.js";
/** Whom the command talks to. */
export interface Listener {
    /** A line for standard output. */
    result(line: string): void;
    /** A line for standard error. */
    note(line: string): void;
    /** How far the work is on what is called so. */
    progress(label: string, progress: EngineProgress): void;
    /** Hears of a file to be removed if the process ends early, before it is there. */
    temporary(path: string): Promise<void> | void;
}
/** Does what a command asks for. Returns the exit code. */
export declare function runCommand(given: Command, listener: Listener, open?: typeof openEngine): Promise<number>;
