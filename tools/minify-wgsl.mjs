// Takes comments and needless spaces out of the WGSL texts of a compiled module. Names stay, so that a compiler's messages can be read.

const WORD = /[\w.@#$]/;
const OPERATOR = /[-+*/%<>=!&|^~:?]/;

/**
 * WGSL that means the same. Where it begins or ends with a space one is kept, as a text may be a part of another.
 */
export function minifyWgsl(text) {
  const bare = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, " ").replace(/\s+/g, " ");
  return bare.replace(/ /g, (space, at) => {
    const before = bare[at - 1];
    const after = bare[at + 1];
    if (before === undefined || after === undefined) return space;
    // Two operators would become another one: `array<u32> = x`, `a - -b`.
    const areOneToken = [WORD, OPERATOR].some((kind) => kind.test(before) && kind.test(after));
    return areOneToken ? space : "";
  });
}

/** A module's code with the texts minified that are template literals marked with the comment wgsl. */
export function minifyWgslOf(code) {
  return code.replace(
    /\/\* wgsl \*\/ `((?:[^`\\$]|\$(?!\{)|\\[\s\S])*)`/g,
    (_, text) => `/* wgsl */ \`${minifyWgsl(text)}\``,
  );
}
