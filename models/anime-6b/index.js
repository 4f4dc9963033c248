// Says where the weights are; bundlers take the file along as an asset.
export default function load() {
  return new URL("./anime-6b.safetensors", import.meta.url);
}
