import adapter from "@sveltejs/adapter-static";

export default {
  kit: {
    adapter: adapter({ pages: "dist", assets: "dist" }),
    csp: { directives: { "script-src": ["self"], "worker-src": ["self"] } },
    paths: { relative: true },
  },
};
