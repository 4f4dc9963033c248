// Finds the code blocks of a Markdown file. Owns where they are and which of their lines are comments.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A fenced block of code. */
export interface Snippet {
  readonly language: string;
  /** Where it begins, as `README.md:12`. */
  readonly place: string;
  readonly code: string;
}

/** The blocks of `file`, a path from the root, in order. */
export function snippetsOf(file: string): Snippet[] {
  const text = readFileSync(`${root}${file}`, "utf8");
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(({ index, 1: language = "", 2: code = "" }) => ({
    language,
    place: `${file}:${text.slice(0, index).split("\n").length}`,
    code,
  }));
}

/** The script of a snippet, with the ending that its language has; undefined where it holds none. */
export function scriptOf({ language, code }: Snippet): { readonly code: string; readonly ending: string } | undefined {
  if (["js", "ts", "jsx", "tsx"].includes(language)) return { code, ending: language };
  const script = language === "html" ? /<script type="module">\n([\s\S]*?)<\/script>/.exec(code)?.[1] : undefined;
  return script === undefined ? undefined : { code: script, ending: "js" };
}

/** Code without comments at the ends of lines, which may be in another language. */
export function withoutComments({ language, code }: Snippet): string {
  const comment = language === "sh" ? /(^|\s+)#.*$/gm : /(^|\s+)\/\/.*$/gm;
  return code.replace(comment, "").replace(/<!--[\s\S]*?-->/g, "");
}
