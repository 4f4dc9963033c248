// Says on which adapter the tests are about to run, and ends the run before the first test where there is none.
import { listAdapters } from "./adapters.js";

declare const Deno: { readonly version: { readonly deno: string } };

export default async function setup(): Promise<void> {
  const [adapter] = await listAdapters();
  console.log(`WebGPU of Deno ${Deno.version.deno} on ${adapter!.name}\n`);
}
