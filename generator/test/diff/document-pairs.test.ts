/** The gate on pairs of documents that differ in more than one payload. */
import { describe, expect, it } from '@jest/globals';
import { compare, oneMessage } from './documents.ts';
import { DOCUMENT_PAIRS } from './document-pairs.ts';

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
