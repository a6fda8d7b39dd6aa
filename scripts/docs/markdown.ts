/** Writes the Markdown of the generated pages. */

/** Returns a table; prettier aligns it. A bar within a cell is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** Returns bytes in hexadecimal, with spaces between them. */
export function hex(bytes: Buffer): string {
  return code(bytes.toString('hex').replaceAll(/..(?!$)/g, '$& '));
}

export function json(value: unknown): string {
  return ['```json', JSON.stringify(value), '```'].join('\n');
}

/** Returns the paragraphs of a description, a line each. Names like PET_EXPIRED become code. */
export function paragraphs(text = ''): string[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replaceAll(/\s+/g, ' ').replaceAll(/(?<!`)\b[A-Z]+(?:_[A-Z]+)+\b/g, code('$&')))
    .filter((paragraph) => paragraph !== '');
}

/**
 * Returns a function that makes links to the headings of a page, in their order: GitHub numbers the second and further ones of equal
 * headings. Without `text`, in Markdown, the text of the link is the heading.
 */
export function newLinks(): (heading: string, text?: string) => string {
  const seen = new Map<string, number>();
  return (heading, text = heading) => {
    const slug = heading.toLowerCase().replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return `[${text}](#${before === 0 ? slug : `${slug}-${String(before)}`})`;
  };
}
