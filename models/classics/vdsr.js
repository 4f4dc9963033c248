// Says where the weights are; bundlers take the file along as an asset.
export default function load() {
  return new URL("./vdsr.safetensors", import.meta.url);
}
