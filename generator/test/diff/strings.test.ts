/** Texts that expressions accept or refuse. */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { matches } from '../../src/diff/schema/matching.ts';
import { findText } from '../../src/diff/schema/strings.ts';
import type { Found } from '../../src/diff/schema/strings.ts';

const rule = (source: string) => ({ source, flags: 'u' });

function without(all: string, none: string): Found {
  return findText({ all: [rule(all)], none: [rule(none)], minLength: 0, maxLength: Infinity });
}

/** The second expression accepts all that the first one accepts. */
it.each([
  ['^[0-9]+$', '^\\d+$'],
  ['^(?:cat|dog)$', '^(?:dog|cat)$'],
  ['^[A-F0-9]{4}$', '^[A-Z0-9]{2,6}$'],
  ['^a', 'a'],
  ['^\\p{Lu}\\p{Ll}*$', '^\\p{L}+$'],
  ['^😀$', '^.$'],
  ['^(?!admin$)[a-z]+$', '^[a-z]+$'],
  ['^(?!(?:CON|PRN)$)\\w+$', '^(?!CON$)\\w+$'],
  ['^(?=.{3,5}$)[a-z]+$', '^[a-z]{3,5}$'],
  ['^[a-z]{3,5}$', '^(?=.{3,5}$)[a-z]+$'],
  ['^(?=.*\\d).{8,}$', '\\d'],
  ['^(?!.*--)[a-z-]+$', '^[a-z]*(?:-[a-z]+)*-?$'],
  ['^[\\w.]+(?<!\\.)$', '^[\\w.]*\\w$'],
  ['^(a|b)\\1$', '^(?:aa|bb)$'],
  ['^00-(?!0{4})[0-9a-f]{4}$', '^00-(?!0000$)[0-9a-f]{4}$'],
  ['^(?:(?!foo)[a-z])+$', '^[a-z]+$'],
  ['^(?:(?!ab)[ab])+$', '^b*a*$'],
  ['^foo$', '^\\bfoo\\b$'],
  ['^a-b$', 'a\\b.\\bb'],
  ['(?<=a)b', 'ab'],
])('%s is part of %s', (one, other) => {
  expect(without(one, other)).toEqual({ kind: 'none' });
});

/** With a text that only the first one accepts. */
it.each([
  ['a', '^a', 'aa'.length],
  ['^(?!admin$)[a-z]+$', '^(?!a)[a-z]+$', 1],
  ['^(?=.*\\d)(?=.*[a-z]).{8,20}$', '^\\d', 8],
  ['^[a-z]+$', '^(?!admin$)[a-z]+$', 'admin'.length],
  ['^\\p{L}+$', '^[A-Za-z]+$', 1],
  ['^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$', '^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$', 55],
  ['^[a-z]+$', '^(?:(?!foo)[a-z])+$', 'foo'.length],
  ['foo', '\\bfoo\\b', 'afoo'.length],
])('%s is not part of %s', (one, other, length) => {
  const found = without(one, other);
  expect(found.kind).toBe('found');
  if (found.kind !== 'found') return;
  expect(Array.from(found.text)).toHaveLength(length);
  expect([new RegExp(one, 'u').test(found.text), new RegExp(other, 'u').test(found.text)]).toEqual([true, false]);
});

/** A lookbehind of several characters, or a lookahead within another one, is not compared. Nothing wrong is claimed of it. */
it.each([['(?<!xa)b'], ['^(?!f(?=oo))'], ['(?<=xa)b']])('does not claim anything of %s', (source) => {
  expect(without('^(?:foo|ab)$', source).kind).not.toBe('none');
  expect(without(source, '^[a-f]+$').kind).not.toBe('none');
});

/** Engines of JavaScript try each way to read these texts: that takes years. */
it.each([
  ['^([a-z]+)*@$', '', false],
  ['^([a-z]+)*@$', '@', true],
  ['^(a|a){60}!', '', false],
  ['(a+a+)+y', 'x', false],
  ['^(?=.*\\d)(?:[a-z]+)*\\d?$', '!', false],
  ['^(?!(a+)+b)', '', true],
  ['^(a?){60}a{60}$', '', true],
])('%s matches a long text', (source, ending, isMatch) => {
  expect(matches(rule(source), `${'a'.repeat(60)}${ending}`)).toBe(isMatch);
  expect(matches(rule(source), `${'a'.repeat(100_000)}${ending}`)).toBe(isMatch && !source.includes('{60}$'));
});

it('matches texts as the engine does', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', 'b', '1', ' ', '😀', '\ud83d'), minLength: 2, maxLength: 9 });
  fc.assert(
    fc.property(SOURCES, fc.array(texts, { minLength: 10 }), (source, values) => {
      // No text has a `z`, and there are too many ways to look for it: the automaton matches the text.
      const many = rule(`^${'.?'.repeat(14)}z|${source}`);
      for (const text of values) expect(matches(many, text)).toBe(new RegExp(source, 'u').test(text));
    }),
    { numRuns: 300, seed: 1 },
  );
});

const PARTS = ['a', 'b', '.', '\\d', '[^a]', '^', '$', '(?=a)', '(?!b)', '(?:a|b)', '[ab]*', 'b{1,2}', '(?:ab)+', '|', '(?<!a)', '1?', '\\b', '(?!ab)', '(?=.*b$)', '(?:(?!ab).)*', '(?!.*1)', '(?<=b)', '(?<!ab)']; // prettier-ignore
const SOURCES = fc.array(fc.constantFrom(...PARTS), { maxLength: 5 }).map((parts) => parts.join(''));

it('is right about random expressions', () => {
  const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '1', ' '), maxLength: 5 }), { minLength: 30 });
  fc.assert(
    fc.property(SOURCES, SOURCES, texts, (one, other, values) => {
      const [first, second] = [new RegExp(one, 'u'), new RegExp(other, 'u')];
      const found = without(one, other);
      if (found.kind === 'found') expect([first.test(found.text), second.test(found.text)]).toEqual([true, false]);
      else if (found.kind === 'none')
        expect(values.filter((text) => first.test(text) && !second.test(text))).toEqual([]);
    }),
    { numRuns: 2_000, seed: 1 },
  );
});
