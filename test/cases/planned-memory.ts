// Memory plans for tests, which hold the thread anyway.

import * as plan from "../../src/plan/memory-plan.js";
import { doneAtOnce } from "../../src/weights/event-loop-yield.js";

export function planMemory(...given: Parameters<typeof plan.planMemory>): plan.MemoryPlan {
  return doneAtOnce(plan.planMemory(...given));
}
