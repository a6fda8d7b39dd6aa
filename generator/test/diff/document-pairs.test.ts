/** The gate on pairs of documents that differ in more than one payload. */
import { describe, expect, it } from '@jest/globals';
import { compare } from './documents.ts';
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
