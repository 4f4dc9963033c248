import { serve } from "esrgan-webgpu/worker";

serve();
