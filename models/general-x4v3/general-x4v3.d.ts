/** The weights of general-x4v3 as a safetensors file in base64. `npm run build` makes the module from the file beside it. */
declare const weights: string;
export default weights;
