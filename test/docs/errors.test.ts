import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ERRORS, sentence, ServiceError } from '../../src/errors.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = await readFile(join(ROOT, 'docs/errors.md'), 'utf8');

describe('docs/errors.md', () => {
  it('has a paragraph for every code, and for no other', () => {
    const paragraphs = [...page.matchAll(/^### (\w+)\n\n(?=[A-Z])/gm)].map(([, code]) => code);
    expect(paragraphs).toEqual(Object.keys(ERRORS));
  });

  it('has no code that nothing says', async () => {
    const files = await readdir(join(ROOT, 'src'), { recursive: true });
    const sources = files.filter((file) => file.endsWith('.ts') && file !== 'errors.ts');
    const texts = await Promise.all(sources.map((file) => readFile(join(ROOT, 'src', file), 'utf8')));
    const unused = Object.keys(ERRORS).filter((code) => !texts.some((text) => text.includes(`'${code}'`)));
    expect(unused).toEqual([]);
  });
});

/** What is logged at warn or above, up to the end of the statement. */
const LINES = /\blog\.(?:warn|error|fatal)\([^]*?\);\n/g;

it('has the code of every line of the log that is a warning or more', async () => {
  const files = await readdir(join(ROOT, 'src'), { recursive: true });
  const texts = await Promise.all(
    files.filter((file) => file.endsWith('.ts')).map((file) => readFile(join(ROOT, 'src', file), 'utf8')),
  );
  const lines = texts.flatMap((text) => text.match(LINES) ?? []);
  expect(lines.length).toBeGreaterThan(15);
  // A reason has its code already. Those of dead letters are the contract's.
  const hasCode = (line: string) => /sentence\(|\breason\b|\bcode:|\bwhat\);|\([A-Z_]+\)'/.test(line);
  expect(lines.filter((line) => !hasCode(line))).toEqual([]);
});

describe('an error', () => {
  it('says what is wrong, what to do, and its code', () => {
    expect(sentence('TOPICS_MISSING', 'Topics are missing: a')).toBe(
      'Topics are missing: a. Run: npm run topics. (TOPICS_MISSING)',
    );
    const error = new ServiceError('PORT_TAKEN', 'HTTP cannot listen', new Error('x'));
    expect(error).toMatchObject({ code: 'PORT_TAKEN', message: expect.stringContaining('(PORT_TAKEN)') });
  });
});
