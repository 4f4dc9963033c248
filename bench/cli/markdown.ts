// Owns the Markdown of docs/performance.md: tables, and the parts of the page that are measured, which stand between marks.

/** A table; columns of which every cell is a figure are set to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const isFigure = head.map((_, at) => rows.length > 0 && rows.every((row) => /^$|^[~\d.,]+( ?%)?$/.test(row[at]!)));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(isFigure.map((right) => (right ? "--:" : "---"))), ...rows.map(line)].join("\n");
}

/**
 * `page` with the part of this name replaced; the marks stay.
 * @throws Error where the page has no such part
 */
export function withPart(page: string, name: string, text: string): string {
  const begin = `<!-- measured: ${name} -->\n`;
  const end = `<!-- end of ${name} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`The page has no part between "${begin.trim()}" and "${end}"`);
  return `${page.slice(0, from + begin.length)}\n${text.trim()}\n\n${page.slice(to)}`;
}
