// What a worker of the package runs.

import { serve } from "./serve.js";

serve();
