import { createRequire } from 'node:module';
import { crc32c } from '@node-rs/crc32';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { originalChecksum } from '../../src/transport/kafkajs-checksum.ts';

describe('the checksum of a batch', () => {
  it("equals that of kafkajs' own code", () => {
    const bytes = fc.uint8Array({ maxLength: 5_000 }).map((array) => Buffer.from(array));
    fc.assert(fc.property(bytes, (one) => originalChecksum(one) === crc32c(one)));
  });

  it('replaces the code of kafkajs', () => {
    expect(createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C')).toBe(crc32c);
  });
});
