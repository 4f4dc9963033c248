export { default } from "@esrgan-webgpu/anime-6b/inline";
