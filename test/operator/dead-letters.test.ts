/** `npm run dead-letters`: its usage errors, and how it prints values of any content. */
import { describe, expect, it } from '@jest/globals';
import { printable } from '../../src/operator/printable.ts';
import { runScript } from '../support/script.ts';

describe('the command line', () => {
  it.each([
    [['list'], 'show or replay'],
    [['show', '--all'], 'show does not take --all'],
    [['show', 'it'], 'show does not take it'],
    [['show', '--limit', '0'], '--limit takes a number'],
    [['show', '--since', 'yesterday'], '--since takes a time'],
    [['replay'], 'either --id or --all'],
    [['replay', '--all', '--id', 'x'], 'either --id or --all'],
    [['replay', '--id', 'x', '--reason', 'y'], 'go with --all'],
    [['replay', '--all', '--json'], 'replay does not take --json'],
  ])('exits with a usage error: %p', async (args, what) => {
    const { status, stderr } = await runScript('dead-letters', args, process.env);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(what) });
    expect(stderr).toContain('See: npm run dead-letters -- --help');
  });
});

describe('a printed value', () => {
  it.each([
    [null, '(no value)'],
    ['', '(empty)'],
    ['plain', 'plain'],
    ['ab\r\n\u2028\u001b', 'ab\\u{d}\\u{a}\\u{2028}\\u{1b}'],
    ['12345678', '12345678'],
    ['123456789', '12345678… (9 bytes)'],
    ['ÄÖÜ'.repeat(10), 'ÄÖÜÄÖÜÄÖ… (60 bytes)'],
    ['🐕'.repeat(8), '🐕'.repeat(8)],
    ['🐕'.repeat(9), `${'🐕'.repeat(8)}… (36 bytes)`],
    [Buffer.of(0xff, 0, 1), '0xff0001'],
    [Buffer.alloc(100, 0xff), '0xffffff… (100 bytes)'],
  ])('is one line of printable characters, at most as long as requested: %j', (value, shown) => {
    expect(printable(value, 8)).toBe(shown);
  });
});
