/** Makes names and comments of the code from words of the document. */

/** Returns the last word that all names have in common; undefined if there is none. */
export function commonLastWord(names: readonly string[]): string | undefined {
  const lastWords = new Set(names.map((name) => /[A-Z][a-z0-9]*$/.exec(name)?.[0]));
  return lastWords.size === 1 ? [...lastWords][0] : undefined;
}

const COMMENT_WIDTH = 110;

/** Returns a doc comment of the texts; empty without text. Wraps lines again: the document has another width. */
export function docComment(...texts: readonly (string | undefined)[]): string {
  const paragraphs = texts.filter((text) => text !== undefined && text.trim() !== '').map((text) => fill(text ?? ''));
  if (paragraphs.length === 0) return '';
  const lines = paragraphs.flatMap((paragraph, index) => (index === 0 ? paragraph : ['', ...paragraph]));
  if (lines.length === 1) return `/** ${lines[0] ?? ''} */`;
  return ['/**', ...lines.map((line) => ` * ${line}`.trimEnd()), ' */'].join('\n');
}

function fill(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.replaceAll('*/', '*\\/').split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= COMMENT_WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
