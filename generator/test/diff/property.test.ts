/**
 * The gate on random schemas: it never takes a pair for safe of which any value proves the contrary, and each of its witnesses is
 * valid. GATE_RUNS=100000 runs it for long, GATE_SEED=7 with other schemas.
 */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../src/diff/schema/decide.ts';
import type { Decision } from '../../src/diff/schema/decide.ts';
import { isIncluded } from '../../src/diff/schema/proof/includes.ts';
import { linked } from '../../src/diff/schema/linked.ts';
import { randomOf } from '../../src/diff/schema/random.ts';
import { isValid } from '../../src/diff/schema/valid.ts';
import { Validators } from '../../src/diff/schema/validators.ts';
import type { Validated } from '../../src/diff/schema/validators.ts';
import { schemaOf } from '../../src/schemas.ts';
import { changed, SCHEMAS, VALUES } from './schemas.ts';

const RUNS = Number(process.env['GATE_RUNS'] ?? 150);
const SEED = Number(process.env['GATE_SEED'] ?? 1);

/** How the reader's schema is made: as a service receives, and as a client of it does. */
const READERS = {
  service: { isClosed: false, isBounded: false },
  client: { isClosed: false, isTolerant: true, isBounded: false },
  strict: { isClosed: true, isBounded: false },
} as const;

interface Pair {
  readonly writer: Validated;
  readonly reader: Validated;
}

function pairOf(before: unknown, after: unknown, kind: keyof typeof READERS): Pair {
  const validators = new Validators();
  return {
    writer: validators.of(schemaOf(before, { isClosed: true, isBounded: false }), 'writer'),
    reader: validators.of(schemaOf(after, READERS[kind]), 'reader'),
  };
}

/** Ajv counts fields as described that a pattern, a condition or a dependency of an alternative describes, even if that does not hold. */
function isExact({ schema }: Validated): boolean {
  const text = JSON.stringify(schema);
  return !(text.includes('"unevaluatedProperties"') && /"patternProperties"|"if"|"dependencies"/.test(text));
}

function decided({ writer, reader }: Pair): Decision {
  return decide({
    writer: [linked(writer.schema)],
    reader: linked(reader.schema),
    isSent: (value) => writer.isValid(value),
    errorsOf: (value) => reader.errorsOf(value),
    seed: 1,
    effort: 60,
  });
}

it('never misses what a value proves, and proves what it reports', () => {
  const counts = { breaking: 0, look: 0, safe: 0, lookWithoutNeed: 0 };
  const kinds = fc.constantFrom<(keyof typeof READERS)[]>('service', 'client', 'strict');
  fc.assert(
    fc.property(
      SCHEMAS,
      SCHEMAS,
      fc.integer(),
      kinds,
      fc.array(VALUES, { minLength: 20, maxLength: 50 }),
      (one, other, seed, kind, values) => {
        // prettier-ignore
        const random = randomOf(seed);
        const pair = pairOf(one, random() < 0.15 ? other : changed(one, other, random), kind);
        const [writes, reads] = [pair.writer, pair.reader].map(({ schema }) => linked(schema));
        for (const value of values) {
          // The proofs rest on it.
          if (isExact(pair.writer))
            expect([value, isValid(writes!, value)]).toEqual([value, pair.writer.isValid(value)]);
          if (isExact(pair.reader))
            expect([value, isValid(reads!, value)]).toEqual([value, pair.reader.isValid(value)]);
        }
        const { refusals, open } = decided(pair);
        for (const { value } of refusals)
          expect([pair.writer.isValid(value), pair.reader.isValid(value)]).toEqual([true, false]);
        const isSent = (value: unknown) => pair.writer.isValid(value) && isValid(writes!, value);
        const proof = values.find((value) => isSent(value) && !pair.reader.isValid(value));
        // A proof is right also where the search would have found the opposite.
        if (isIncluded([writes!], reads!)) expect(refusals).toEqual([]);
        const verdict = refusals.length > 0 ? 'breaking' : open.length > 0 ? 'look' : 'safe';
        counts[verdict] += 1;
        if (proof !== undefined) expect(verdict).not.toBe('safe');
        if (proof !== undefined && verdict === 'look') counts.lookWithoutNeed += 1;
      },
    ),
    { numRuns: RUNS, seed: SEED },
  );
  if (RUNS > 1_000) console.log(counts);
  expect(counts.breaking).toBeGreaterThan(RUNS / 10);
  expect(counts.look).toBeLessThanOrEqual(RUNS / 50);
  // The search finds what any of the values proves, too.
  expect(counts.lookWithoutNeed).toBe(0);
});

it('finds equal meanings equal', () => {
  fc.assert(
    fc.property(SCHEMAS, SCHEMAS, (one, other) => {
      const equal: readonly (readonly [unknown, unknown])[] = [
        [{ allOf: [one, other] }, { allOf: [other, { allOf: [one] }] }],
        [{ anyOf: [one, other] }, { anyOf: [other, one] }],
        [
          { type: 'object', properties: { a: one } },
          { allOf: [{ type: 'object' }, { properties: { a: { allOf: [one] } } }] },
        ],
      ];
      for (const [before, after] of equal) {
        const [writer, reader] = [before, after].map((schema) => linked(schemaOf(schema, { isClosed: false })));
        expect(isIncluded([writer!], reader!)).toBe(true);
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
});
