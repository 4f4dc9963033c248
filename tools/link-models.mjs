// Makes the companion model packages of this checkout resolvable by name, as they are where a user installed them.
// They are an npm workspace of their own (models/): as workspaces of the root they would put paths into its lock file.
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export function linkModels() {
  const scope = join(root, "node_modules", "@esrgan-webgpu");
  mkdirSync(scope, { recursive: true });
  for (const name of ["anime-6b", "classics", "x4plus"]) {
    const link = join(scope, name);
    rmSync(link, { recursive: true, force: true });
    symlinkSync(join(root, "models", name), link, "junction");
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) linkModels();
