// What tests use of gltf-validator, which has no types.
declare module "gltf-validator" {
  export interface Issue {
    readonly code: string;
    readonly severity: number;
  }
  export function validateBytes(
    bytes: Uint8Array,
  ): Promise<{ readonly issues: { readonly messages: readonly Issue[] } }>;
}
