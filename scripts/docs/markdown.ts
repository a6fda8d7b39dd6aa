/** Markdown, as far as the written pages need it. */

/** A table; prettier lines it up. A bar inside of a cell does not end it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** Bytes in hexadecimal, with spaces between them. */
export function hex(bytes: Buffer): string {
  return code(bytes.toString('hex').replaceAll(/..(?!$)/g, '$& '));
}

export function json(value: unknown): string {
  return ['```json', JSON.stringify(value), '```'].join('\n');
}

/** A description's paragraphs, a line each, in which names like PET_EXPIRED are code. */
export function paragraphs(text = ''): string[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replaceAll(/\s+/g, ' ').replaceAll(/(?<!`)\b[A-Z]+(?:_[A-Z]+)+\b/g, code('$&')))
    .filter((paragraph) => paragraph !== '');
}

/**
 * Makes links to the headings of a page, which it is told in their order: of equal ones GitHub numbers the second and
 * those after it. Without a `text` of its own, in Markdown, a link says the heading.
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
