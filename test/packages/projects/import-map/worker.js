// Import maps do not hold in workers.
import "./node_modules/esrgan-webgpu/dist/worker/script.js";
