/** Gives the weights, the bytes of a safetensors file: pass this function to esrgan-webgpu as the model. */
export default function load(): Uint8Array<ArrayBuffer>;
