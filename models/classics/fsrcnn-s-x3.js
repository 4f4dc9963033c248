// Says where the weights are; bundlers take the file along as an asset.
export default function load() {
  return new URL("./fsrcnn-s-x3.safetensors", import.meta.url);
}
