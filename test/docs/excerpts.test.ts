import { expect, it } from '@jest/globals';
import { cut, withExcerpts } from '../../scripts/docs/excerpts.ts';

const FILE = [
  'class A {',
  '  /** Adds. */',
  '  add() {',
  '    if (x) {',
  '    }',
  '  }',
  '',
  '  /** Takes. */',
  '}',
].join('\n');

it('cuts an excerpt from its first line to the next line with the same indentation, and removes the indentation', () => {
  expect(cut(FILE, '/** Adds', '}', 'a.ts')).toBe('/** Adds. */\nadd() {\n  if (x) {\n  }\n}');
});

it('throws if a line of a mark is missing or ambiguous', () => {
  expect(() => cut(FILE, '/** Divides', '}', 'a.ts')).toThrow('a.ts has no line that starts with: /** Divides');
  expect(() => cut(FILE, '/**', '}', 'a.ts')).toThrow('a.ts has 2 lines that start with: /**');
  expect(() => cut(FILE, '/** Takes', 'end', 'a.ts')).toThrow('indented as much and starts with: end');
});

it('replaces whatever is between the marks of an excerpt', async () => {
  const mark = '<!-- excerpt package.json | "name" | "name" -->';
  await expect(withExcerpts(`${mark}\nstale\n<!-- end of excerpt -->`)).rejects.toThrow(
    'excerpts of .json files are not known',
  );
  const page = (text: string) =>
    `Before.\n\n<!-- excerpt jest.config.mjs | x | x -->\n${text}\n<!-- end of excerpt -->`;
  await expect(withExcerpts(page('stale'))).rejects.toThrow('.mjs files');
  const own = (text: string) =>
    `Before.\n\n<!-- excerpt asyncapi.yaml | asyncapi: | asyncapi: -->\n${text}<!-- end of excerpt -->\n\nAfter.`;
  const current = own('\n<!-- prettier-ignore -->\n```yaml\nasyncapi: 3.1.0\n```\n\n');
  expect(await withExcerpts(own('stale\n'))).toBe(current);
  expect(await withExcerpts(current)).toBe(current);
});
