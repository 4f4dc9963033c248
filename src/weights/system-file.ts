// Owns finding out whether the platform has files: Node, and what follows it. Asks the process for its modules at run time, so that no bundler
// and no browser sees an import. Everything else of Node is src/node.

/** What is used of Node's modules fs/promises and url; their own types would become part of the published ones. */
export interface FileStatus {
  readonly size: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isFIFO(): boolean;
}

interface OpenFile {
  stat(): Promise<FileStatus>;
  read(into: Uint8Array, offset: number, length: number): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
}

export interface SystemFiles {
  stat(path: string): Promise<FileStatus>;
  open(path: string): Promise<OpenFile>;
  pathOf(url: URL): string;
}

/** Undefined where the platform has no files. */
export function systemFiles(): SystemFiles | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const files = process?.getBuiltinModule?.("fs/promises");
  const urls = process?.getBuiltinModule?.("url");
  if (!files || !urls) return undefined;
  const { stat, open } = files as Pick<SystemFiles, "stat" | "open">;
  return { stat, open, pathOf: (urls as { fileURLToPath: SystemFiles["pathOf"] }).fileURLToPath };
}
