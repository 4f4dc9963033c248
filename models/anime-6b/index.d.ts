/** Gives the bytes of the weights, a safetensors file: pass this function to esrgan-webgpu as the model. */
export default function load(): Promise<ArrayBuffer | Uint8Array>;
