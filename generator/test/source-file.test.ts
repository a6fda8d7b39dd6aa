/** Files in YAML or JSON: data, lines and errors. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseDocument } from 'yaml';
import { located } from '../src/pointer.ts';
import { SourceFile } from '../src/source-file.ts';

const SCALARS = `[1_000, 0b1, 0o17, 0x1F, 017, +5, -0, 1e3, .5, 5., 1.5e-3, .inf, -.INF, yes, No, on, true, TRUE, null, ~, Null, 2020-01-01, 12:30, '1', "a\\u00e9\\n"]`;

describe('the data is what another parser reads', () => {
  it.each([
    ['scalars', SCALARS],
    ['merge keys', 'a: &a { x: 1, y: 2 }\nb: { <<: *a, y: 3 }\nc:\n  <<: [*a, { z: 4 }]\n  q: 1\n'],
    ['aliases', 'a: &a [1, { b: 2 }]\nc: *a\n'],
    ['texts of several lines', 'a: |\n  one\n   two\n\nb: >-\n  three\n  four\nc: plain\n  goes on\n'],
    ['keys that are no texts', '2: a\ntrue: b\n1.5: c\n"": d\n'],
    ['a byte order mark, comments and markers', '\ufeff# comment\n---\na: 1 # more\n...\n'],
    ['CRLF', 'a: 1\r\nb:\r\n  - c\r\n'],
    ['JSON', '{ "a": [1.0, -2e2, true, null, "\\u0041\\/"], "b": {} }'],
    ['nested lists', `${'['.repeat(500)}${']'.repeat(500)}`],
    ['nothing', ''],
    ['a name that objects inherit', '__proto__: { a: 1 }\nconstructor: 2\n'],
    ['the contract', readFileSync(join(import.meta.dirname, '../../asyncapi.yaml'), 'utf8')],
  ])('of %s', (_name, text) => {
    const tree = parseDocument(text, { merge: true });
    const { data, syntaxErrors } = new SourceFile('file', text);
    expect([data, syntaxErrors]).toEqual([tree.toJS({ maxAliasCount: -1 }), []]);
  });

  it.each(['a: [1', 'a: 1\na: 2\n', 'a: "\n', '\ta: 1\n', 'a: *b\n', 'a: 1\n---\nb: 2\n'])(
    'reports errors of %j',
    (text) => {
      const { data, syntaxErrors } = new SourceFile('file', text);
      expect([data, syntaxErrors.length > 0]).toEqual([text, true]);
    },
  );

  it('names the line of several documents', () => {
    expect(new SourceFile('file', 'a: 1\n---\nb: 2\n').syntaxErrors).toEqual(['There are several documents']);
  });
});

describe('a line', () => {
  const LINES =
    "a: 1\nb:\n  - x\n  - |\n    - t\n  # - none\n  -\n  - y: &y\n      z: 1\nc: { <<: *y }\n'd':\n  [1,\n  2]\n";
  it.each([
    [['a'], 1],
    [['b', 0], 3],
    [['b', 2], 7],
    [['b', 3, 'y', 'z'], 9],
    [['c', 'z'], 9],
    [['d', 1], 13],
    [['e'], 1],
  ])('of %j', (path, line) => {
    for (const text of [LINES, `\ufeff${LINES}`, LINES.replaceAll('\n', '\r\n')])
      expect(located(new SourceFile('file', text), path)).toMatch(new RegExp(`^line ${String(line)} `));
  });

  it('of the first item, if it is empty', () => {
    expect(located(new SourceFile('file', 'a:\n  -\n  - 1\n'), ['a', 0])).toBe('line 2 (#/a/0)');
  });

  it('of something in an empty file, or in one with errors', () => {
    for (const text of ['', 'a: [']) expect(located(new SourceFile('file', text), ['a'])).toBe('line 1 (#)');
  });
});

describe('a file with the name of JSON', () => {
  it.each([
    ['a conflict', '{\n "a": 1,\n <<<<<<< HEAD\n "b": 2\n}', '(line 3 column 2)'],
    ['YAML', 'a: 1\nb: 2', "Unexpected token 'a'"],
    ['a comma too many', '{\n "a": 1,\n}', '(line 3 column 1)'],
    ['no end', '{\n "a": 1\n', '(line 3 column 1)'],
    ['nothing', '', 'Unexpected end'],
  ])('is no YAML: %s', (_what, text, reason) => {
    const { syntaxErrors } = new SourceFile('file.json', text);
    expect(syntaxErrors).toEqual([expect.stringMatching(/^This is no JSON: /)]);
    expect(syntaxErrors[0]).toContain(reason);
  });

  it('may begin with a byte order mark', () => {
    expect(new SourceFile('file.json', '\ufeff{ "a": 1 }')).toMatchObject({ data: { a: 1 }, syntaxErrors: [] });
  });
});
