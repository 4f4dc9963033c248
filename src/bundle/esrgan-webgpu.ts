/// <reference lib="esnext.disposable" preserve="true" />
// The library as one file, for pages without a bundler: the build puts all modules into this one. Owns what is in it.

export * from "../browser.js";
export * from "../index.js";
export * from "../worker/index.js";
