// Owns what a detected network is: the facts of its architecture and its graph.
export {};
