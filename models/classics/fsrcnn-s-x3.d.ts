/** Gives the address of the weights, a safetensors file: pass this function to esrgan-webgpu as the model. */
export default function load(): URL;
