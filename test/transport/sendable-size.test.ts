/** Which records are too large to send, and when the broker is asked for its limit. */
import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import type { Compression } from '../../src/transport/compression.ts';
import { MAX_RECORD_BYTES, SendableSize } from '../../src/transport/sendable-size.ts';

const log = createLog('silent');

/** Returns a size check with a broker that accepts batches of so many bytes, and how often it was asked for its limit. */
function sizeOf(compression: Compression, maxBatchBytes: number | Error) {
  const limitRequests: number[] = [];
  const size = new SendableSize(
    compression,
    () => {
      limitRequests.push(limitRequests.length);
      return maxBatchBytes instanceof Error ? Promise.reject(maxBatchBytes) : Promise.resolve(maxBatchBytes);
    },
    log,
  );
  return { limitRequests, require: (value: Buffer) => size.require([{ key: null, value, headers: {} }]) };
}

it('asks the broker never for small records, and once for several large ones', async () => {
  const { limitRequests, require } = sizeOf('none', 1_000_000);
  await require(Buffer.alloc(1_000));
  expect(limitRequests).toHaveLength(0);
  await require(Buffer.alloc(500_000));
  await require(Buffer.alloc(500_000));
  expect(limitRequests).toHaveLength(1);
});

it('compares the exact size of the batch, as the broker does', async () => {
  // A batch has 61 bytes before its records, and a record of this size 11 in addition to its value.
  const { require } = sizeOf('none', 500_000 + 61 + 11);
  await require(Buffer.alloc(500_000));
  await expect(require(Buffer.alloc(500_001))).rejects.toMatchObject({
    isRefused: true,
    message: 'it has 500073 bytes, and max.message.bytes of its topic is 500072',
  });
});

it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
  'compares the size after compression by %s',
  async (compression) => {
    const { require } = sizeOf(compression, 300_000);
    await require(Buffer.alloc(1_000_000));
    await expect(require(randomBytes(1_000_000))).rejects.toMatchObject({ isRefused: true });
  },
);

it('refuses a record above the maximum of the service, without asking the broker', async () => {
  const { limitRequests, require } = sizeOf('zstd', Infinity);
  await expect(require(Buffer.alloc(MAX_RECORD_BYTES + 1))).rejects.toMatchObject({ isRefused: true });
  expect(limitRequests).toHaveLength(0);
});

it('accepts a record if the broker does not return its limit', async () => {
  const { require } = sizeOf('none', new Error('not allowed'));
  await require(Buffer.alloc(5_000_000));
});
