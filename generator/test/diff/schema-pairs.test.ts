/** The gate on pairs of payloads: a field, an item of a list in an alternative, a schema that contains itself. */
import { describe, expect, it } from '@jest/globals';
import { linked } from '../../src/diff/schema/linked.ts';
import { isIncluded } from '../../src/diff/schema/proof/includes.ts';
import { compare, object, withPayload } from './documents.ts';
import type { Json, Use } from './documents.ts';
import { choice, FIELD_PAIRS, TREE_PAIRS } from './schema-pairs.ts';
import type { SchemaPair } from './schema-pairs.ts';

type Wrap = (use: Use, schema: unknown) => Json;

function check(wrap: Wrap, [, before, after, receive, send]: SchemaPair): void {
  for (const [use, expected] of Object.entries({ receive, send }) as [Use, SchemaPair[3]][]) {
    const { verdict, findings } = compare(wrap(use, before), wrap(use, after));
    expect([use, verdict, findings.filter((one) => one.verdict === 'look')]).toEqual([use, expected, []]);
    for (const { verdict: each, witness, direction } of findings) {
      expect([each, witness !== null]).toEqual([each, each === 'breaking']);
      if (each === 'breaking') expect(direction).toBe(use);
    }
  }
}

describe('a field', () => {
  const wrap: Wrap = (use, schema) => withPayload(use, object({ x: schema }));
  it.each(FIELD_PAIRS)('%s', (...pair) => check(wrap, pair));
});

describe('an item of a list in a field of an alternative', () => {
  const wrap: Wrap = (use, schema) => {
    const list = { type: 'array', items: object({ x: schema }) };
    const alternatives = [object({ k: { const: 1 }, list }, ['k', 'list']), object({ k: { const: 2 } }, ['k'])];
    return withPayload(use, { oneOf: alternatives });
  };
  it.each(FIELD_PAIRS)('%s', (...pair) => check(wrap, pair));
});

describe('a schema that contains itself', () => {
  const wrap: Wrap = (use, schema) => ({
    ...withPayload(use, { $ref: '#/components/schemas/Tree' }),
    components: { schemas: { Tree: schema } },
  });
  it.each(TREE_PAIRS)('%s', (...pair) => check(wrap, pair));
});

describe('twelve schemas that all contain each other', () => {
  const names = Array.from({ length: 12 }, (_none, index) => `T${String(index)}`);
  const referring = (from: string): Json => Object.fromEntries(names.filter((name) => name !== from).map((name) => [name, { $ref: `#/components/schemas/${name}` }])); // prettier-ignore
  /** @param last the fields of the last one. */
  const version = (use: Use, last: Json): Json => ({
    ...withPayload(use, { $ref: '#/components/schemas/T0' }),
    components: {
      schemas: Object.fromEntries(names.map((name) => [name, object({ ...referring(name), ...(name === 'T11' && last) })])), // prettier-ignore
    },
  });

  it.each<[Use, Json, SchemaPair[3]]>([
    ['receive', { n: { type: 'string' } }, 'breaking'],
    ['send', { n: { type: 'string' } }, 'breaking'],
    ['receive', { n: { type: 'integer' }, more: {} }, 'safe'],
    ['send', { n: { type: 'integer' }, more: {} }, 'safe'],
  ])('%s, one with %j', (use, last, expected) => {
    const { verdict, findings } = compare(version(use, { n: { type: 'integer' } }), version(use, last));
    expect(verdict).toBe(expected);
    // It is one rule, however it is reached.
    expect(findings.filter((one) => one.verdict !== 'safe')).toHaveLength(expected === 'safe' ? 0 : 1);
  });
});

it('proves a hundred alternatives that a constant distinguishes', () => {
  const before = linked(choice(100));
  const narrowed = linked(choice(100, { v: { type: 'string', maxLength: 3 } }));
  expect([isIncluded([narrowed], before), isIncluded([before], narrowed)]).toEqual([true, false]);
});

it('has enough pairs', () => {
  expect(FIELD_PAIRS.length + TREE_PAIRS.length).toBeGreaterThanOrEqual(100);
});
