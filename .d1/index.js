// The public API of esrgan-webgpu.
export { upscaleOnCpu } from "./cpu.js";
export { EsrganError } from "./errors.js";
export { deviceRequirements, isSupported } from "./gpu/capabilities.js";
export { BUNDLED_MODELS, DEFAULT_MODEL, loadModel } from "./models/bundled.js";
export { interpolateModels } from "./models/interpolate.js";
export { upscale } from "./upscale.js";
export { createUpscaler, } from "./upscaler.js";
