/** The gate on pairs of documents that differ in more than one payload. */
import { describe, expect, it } from '@jest/globals';
import { compare, object, oneChannel, oneMessage, withPayload } from './documents.ts';
import type { Json, Use } from './documents.ts';
import { DOCUMENT_PAIRS } from './document-pairs.ts';
import { choice, keyed } from './schema-pairs.ts';

describe.each(Object.entries(DOCUMENT_PAIRS))('%s', (_subject, pairs) => {
  it.each(pairs)('%s', (...[, before, after, expected, rule]) => {
    const { verdict, findings } = compare(before, after);
    expect([verdict, findings.map(({ why }) => why)]).toEqual([expected, expect.anything()]);
    if (rule !== undefined) expect(findings).toContainEqual(expect.objectContaining({ rule, verdict: expected }));
    for (const { verdict: each, witness, rule: found } of findings) {
      expect([found, each, witness !== null]).toEqual([found, each, each === 'breaking']);
    }
  });
});

it('names the symbol that a reader in Avro does not know, and shows a record with it', () => {
  const version = (...symbols: readonly string[]) =>
    oneMessage('receive', {
      payload: { schemaFormat: 'application/vnd.apache.avro', schema: { type: 'enum', name: 'Kind', symbols } },
    });
  const { findings } = compare(version('A', 'B', 'C'), version('A', 'C'));
  const why = expect.stringContaining('the enum Kind has no symbol B') as unknown;
  expect(findings).toContainEqual(expect.objectContaining({ why, witness: expect.objectContaining({ payload: '"B"' }) as unknown })); // prettier-ignore
});

describe('a finding about Avro', () => {
  const record = (name: string, ...fields: readonly Json[]): Json => ({ type: 'record', name, fields });
  const typed = (name: string, type: unknown, rest: Json = {}): Json => ({ name, type, ...rest });
  const version = (use: Use, schema: unknown): Json =>
    oneMessage(use, { payload: { schemaFormat: 'application/vnd.apache.avro', schema } });
  const crate = (...fields: readonly Json[]): Json => record('Crate', typed('id', 'long'), ...fields);
  /** A crate with a lid, which has a field of this type. */
  const lid = (type: string, wrapped: (lid: Json) => unknown): Json => crate(typed('lid', wrapped(record('farm.Lid', typed('n', type))))); // prettier-ignore
  const reused = (type: string): Json => crate(typed('inner', ['null', 'Crate']), typed('n', type));
  const renamed = typed('old', 'string');

  it.each<[name: string, before: unknown, after: unknown, receive: string, send: string]>([
    ['a field', crate(typed('n', 'string')), crate(typed('n', 'int')), '/fields/1', '/fields/1'],
    ['a field of a field', lid('string', (one) => one), lid('int', (one) => one), '/fields/1/type/fields/0', '/fields/1/type/fields/0'], // prettier-ignore
    ['a field of an item', lid('string', (items) => ({ type: 'array', items })), lid('int', (items) => ({ type: 'array', items })), '/fields/1/type/items/fields/0', '/fields/1/type/items/fields/0'], // prettier-ignore
    ['a field of a value', lid('string', (values) => ({ type: 'map', values })), lid('int', (values) => ({ type: 'map', values })), '/fields/1/type/values/fields/0', '/fields/1/type/values/fields/0'], // prettier-ignore
    ['a field of an alternative', lid('string', (one) => ['null', one]), lid('int', (one) => ['null', one]), '/fields/1/type/1/fields/0', '/fields/1/type/1/fields/0'], // prettier-ignore
    ['a field that another one contains', reused('string'), reused('int'), '/fields/2', '/fields/2'],
    ['a field that is missing', crate(), crate(typed('n', 'int')), '/fields/1', '/fields/1'],
    ['a field with another name', crate(renamed), crate(typed('n', 'int', { aliases: ['old'] })), '/fields/1', ''],
    ['a size', crate(typed('n', { type: 'fixed', name: 'F', size: 4 })), crate(typed('n', { type: 'fixed', name: 'F', size: 8 })), '/fields/1', '/fields/1'], // prettier-ignore
    ['a logical type', crate(typed('n', 'long')), crate(typed('n', { type: 'long', logicalType: 'time-micros' })), '/fields/1', '/fields/1'], // prettier-ignore
    ['the schema itself', 'string', 'int', '', ''],
    ['a name', crate(), record('Box', typed('id', 'long')), '', ''],
    ['a text', JSON.stringify(crate(typed('n', 'string'))), JSON.stringify(crate(typed('n', 'int'))), '', ''],
  ])('has the pointer of %s', (_name, before, after, ...expected) => {
    const pointers = (['receive', 'send'] as const).map((use) => {
      const { findings } = compare(version(use, before), version(use, after));
      return findings.find(({ rule }) => rule === 'schema-language-changed')?.pointer;
    });
    expect(pointers).toEqual(expected.map((end) => `#/channels/crates/messages/Crate/payload/schema${end}`));
  });
});

it.each([
  ['of an alternative that a constant distinguishes', choice],
  ['of an alternative that its required field distinguishes', keyed],
])('a finding names the rule %s, in alternatives of a list', (_name, kinds) => {
  const version = (change: Json): Json => {
    const list = { type: 'array', items: kinds(10, change) };
    return withPayload('receive', object({ u: { oneOf: [{ type: 'string' }, list] } }));
  };
  const { findings } = compare(version({}), version({ v: { type: 'string', maxLength: 3 } }));
  expect(findings.map(({ rule, pointer }) => [rule, pointer.split('/').at(-1)])).toEqual([
    ['length-changed', 'maxLength'],
  ]);
});

/** Returns what the first finding of a rule has as its witness. */
const witnessOf = (before: Json, after: Json, rule: string) =>
  compare(before, after).findings.find((finding) => finding.rule === rule)?.witness;

describe('a witness', () => {
  const payload = object({ n: { type: 'integer' } });
  const headers = {
    type: 'object',
    properties: { trace: { type: 'string', format: 'uuid' }, for: { type: 'string' } },
  };
  const version = (use: Use, location: string): Json => oneMessage(use, { payload, headers, correlationId: { location } }); // prettier-ignore

  it.each([
    ['receive', '$message.header#/trace', '$message.payload#/n', { headers: { trace: expect.any(String) } }],
    ['receive', '$message.payload#/n', '$message.header#/trace', { payload: { n: expect.any(Number) } }],
    ['send', '$message.payload#/n', '$message.header#/trace', { headers: { trace: expect.any(String) } }],
    ['receive', '$message.header#/other', '$message.payload#/n', { headers: { other: 'a' } }],
  ] as const)('has the correlation id, if the service does %s, at %s, later %s', (use, was, is, expected) => {
    expect(witnessOf(version(use, was), version(use, is), 'correlation-changed')).toMatchObject(expected);
  });

  it('of a reply has the address to reply to', () => {
    const request = (location: string): Json =>
      oneChannel('receive', { Crate: { payload, headers } }, {}, {
        operations: { use: { action: 'receive', channel: { $ref: '#/channels/crates' }, reply: { address: { location } } } },
      }); // prettier-ignore
    const witness = witnessOf(request('$message.header#/for'), request('$message.payload#/n'), 'reply-changed');
    expect(witness).toMatchObject({ headers: { for: expect.any(String) as unknown } });
  });

  it.each([
    [{ enum: ['north', 'south'] }, 'crates.north'],
    [{ enum: ['north', 'south'], default: 'south', location: '$message.payload#/kind' }, 'crates.south'],
    [{ default: 'west' }, 'crates.west'],
    [{ examples: ['east'] }, 'crates.east'],
    [{}, 'crates.hall'],
  ])('has a topic without parameters: %j', (hall, topic) => {
    const of = (maximum: number): Json =>
      oneChannel(
        'receive',
        { Crate: { payload: object({ n: { type: 'integer', maximum }, kind: { const: 'south' } }, ['kind']) } },
        { address: 'crates.{hall}', parameters: { hall } },
      );
    expect(witnessOf(of(9), of(8), 'range-changed')?.topic).toBe(topic);
    const { channels: _channels, ...rest } = of(9);
    const other = { ...rest, channels: { boxes: { address: 'boxes', messages: {} } }, operations: {} };
    expect(witnessOf(of(9), other, 'channel-removed')?.topic).toBe(topic);
  });
});
