// For browsers and bundlers, which take the file along as an asset.
export default async function load() {
  const url = new URL("./anime-6b.safetensors", import.meta.url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`Could not fetch ${url}: HTTP status ${response.status}`);
  return response.arrayBuffer();
}
