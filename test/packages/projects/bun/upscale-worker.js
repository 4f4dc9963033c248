import "esrgan-webgpu/worker-script";
