// Owns the way to members of engines that are private or may move with a version: one sentence where one is not there.

import { EsrganError } from "esrgan-webgpu";

/** An engine, as it is and as it was tested. */
export interface Engine {
  readonly name: string;
  readonly version: string;
  readonly tested: string;
}

/**
 * What lies at `path` of `root`, the name of which begins the path.
 * @throws EsrganError "unsupported-device" where it is not there
 * @example member(THREE, renderer, "renderer.backend.device")
 */
export function member<T>({ name, version, tested }: Engine, root: unknown, path: string): T {
  let found = root;
  for (const key of path.split(".").slice(1)) found = (found as Record<string, unknown> | null | undefined)?.[key];
  if (found !== undefined && found !== null) return found as T;
  throw new EsrganError(
    "unsupported-device",
    `${name} ${version} has no ${path}; esrgan-webgpu was tested with ${tested}`,
  );
}
