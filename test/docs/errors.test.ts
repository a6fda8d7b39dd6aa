import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ERRORS, sentence, ServiceError } from '../../src/errors.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = await readFile(join(ROOT, 'docs/errors.md'), 'utf8');

describe('docs/errors.md', () => {
  it('has a paragraph for every error code and for nothing else', () => {
    const paragraphs = [...page.matchAll(/^### (\w+)\n\n(?=[A-Z])/gm)].map(([, code]) => code);
    expect(paragraphs).toEqual(Object.keys(ERRORS));
  });

  it('has no code that the source does not use', async () => {
    const files = await readdir(join(ROOT, 'src'), { recursive: true });
    const sources = files.filter((file) => file.endsWith('.ts') && file !== 'errors.ts');
    const texts = await Promise.all(sources.map((file) => readFile(join(ROOT, 'src', file), 'utf8')));
    const unused = Object.keys(ERRORS).filter((code) => !texts.some((text) => text.includes(`'${code}'`)));
    expect(unused).toEqual([]);
  });
});

/** A statement that logs at warn or above, up to its end. */
const LINES = /\blog\.(?:warn|error|fatal)\([^]*?\);\n/g;

it('every log statement at warn or above has a code', async () => {
  const files = await readdir(join(ROOT, 'src'), { recursive: true });
  const texts = await Promise.all(
    files.filter((file) => file.endsWith('.ts')).map((file) => readFile(join(ROOT, 'src', file), 'utf8')),
  );
  const lines = texts.flatMap((text) => text.match(LINES) ?? []);
  expect(lines.length).toBeGreaterThan(15);
  // A reason has its code already. The codes of dead letters come from the contract.
  const hasCode = (line: string) => /[sS]entence\(|\breason\b|\bcode:|\bwhat\);|\([A-Z_]+\)'/.test(line);
  expect(lines.filter((line) => !hasCode(line))).toEqual([]);
});

describe('an error', () => {
  it('has a message with the fault, the remedy and the code', () => {
    expect(sentence('TOPICS_MISSING', 'Topics are missing: a')).toBe(
      'Topics are missing: a. Run: npm run topics. (TOPICS_MISSING)',
    );
    const error = new ServiceError('PORT_TAKEN', 'HTTP cannot listen', new Error('x'));
    expect(error).toMatchObject({ code: 'PORT_TAKEN', message: expect.stringContaining('(PORT_TAKEN)') });
  });
});
