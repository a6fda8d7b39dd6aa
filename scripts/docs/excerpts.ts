/** Excerpts of files in the pages: cut from the files each time, so that they are never stale. */
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { ROOT } from '../../src/operator/folders.ts';

/** `<!-- excerpt FILE | first line | last line -->`, a code block, `<!-- end of excerpt -->`. */
const EXCERPT = /(<!-- excerpt (\S+) \| (.+?) \| (.+?) -->\n)[^]*?(<!-- end of excerpt -->)/g;
const LANGUAGES: Readonly<Record<string, string>> = {
  '.ts': 'ts',
  '.yaml': 'yaml',
  '.sql': 'sql',
  '.prisma': 'prisma',
};

/**
 * Returns the page with each excerpt as its file has it now.
 *
 * @throws if a file has no such line, or more than one first line.
 */
export async function withExcerpts(page: string): Promise<string> {
  const written: string[] = [];
  let end = 0;
  for (const match of page.matchAll(EXCERPT)) {
    const [whole, mark = '', file = '', first = '', last = '', endMark = ''] = match;
    const language = LANGUAGES[extname(file)];
    if (language === undefined) throw new Error(`${file}: excerpts of ${extname(file)} files are not known`);
    const excerpt = cut(await readFile(join(ROOT, file), 'utf8'), first, last, file);
    // Prettier would format the code as its own.
    written.push(
      page.slice(end, match.index),
      mark,
      `\n<!-- prettier-ignore -->\n\`\`\`${language}\n${excerpt}\n\`\`\`\n\n`,
      endMark,
    );
    end = match.index + whole.length;
  }
  return [...written, page.slice(end)].join('');
}

/**
 * Returns the lines from the one that starts with `first` to the next one that starts with `last` and is indented as
 * much, without their common indentation.
 *
 * @throws if there is no such line, or if `first` is ambiguous.
 */
export function cut(text: string, first: string, last: string, file: string): string {
  const lines = text.split('\n');
  const starts = lines.flatMap((line, index) => (line.trimStart().startsWith(first) ? index : []));
  const [start, ...others] = starts;
  if (start === undefined) throw new Error(`${file} has no line that starts with: ${first}`);
  if (others.length > 0) throw new Error(`${file} has ${String(starts.length)} lines that start with: ${first}`);
  const indentation = indentationOf(lines[start] ?? '');
  const end = lines.findIndex(
    (line, index) => index >= start && indentationOf(line) === indentation && line.trimStart().startsWith(last),
  );
  if (end < 0)
    throw new Error(`${file} has no line after "${first}" that is indented as much and starts with: ${last}`);
  return lines
    .slice(start, end + 1)
    .map((line) => line.slice(indentation))
    .join('\n');
}

function indentationOf(line: string): number {
  return line.length - line.trimStart().length;
}
