// Owns what every operation is: a shape rule, its cost and a CPU reference. How operations run on the GPU is not here:
// graph/execution-plan.ts turns them into dispatches.
export {};
