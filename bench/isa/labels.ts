// Owns telling labels from instructions in a listing of assembly.

/** Lines of assembly without its labels, and where each label points. */
export function splitLabels(
  text: string,
  labelOf: (line: string) => string | undefined,
  isCode: (line: string) => boolean,
): { readonly lines: string[]; readonly labels: ReadonlyMap<string, number> } {
  const lines: string[] = [];
  const labels = new Map<string, number>();
  for (const line of text.split("\n").map((each) => each.trim())) {
    const label = labelOf(line);
    if (label !== undefined) labels.set(label, lines.length);
    else if (isCode(line)) lines.push(line);
  }
  return { lines, labels };
}
