export default {
  optimizeDeps: { exclude: ["esrgan-webgpu", "@esrgan-webgpu/anime-6b"] },
};
