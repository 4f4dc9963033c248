// Gives the weights as bytes: they are so few that a module carries them, and a bundler needs no asset.
import base64 from "./espcn-x3.weights.js";

export default function load() {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
