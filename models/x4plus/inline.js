// Gives the weights as bytes, from a module that is loaded when they are wanted: for bundlers that take no asset along.
export default async function load() {
  const { default: base64 } = await import("./weights.js");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
