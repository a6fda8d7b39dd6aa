/** What an operator reads about a record that cannot be sent. */
import { Writable } from 'node:stream';
import { expect, it } from '@jest/globals';
import { pino } from 'pino';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { send } from '../../src/outbox/send.ts';
import { PublishError } from '../../src/transport/broker.ts';
import { MAX_RECORD_BYTES } from '../../src/transport/sendable-size.ts';

/** Returns the log lines of sending one record with a value of this size, which the broker refuses. */
async function linesOf(bytes: number): Promise<unknown[]> {
  const lines: unknown[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const refusal = new PublishError('it is refused', { isRefused: true });
  const broker = { publish: () => Promise.reject(refusal), throttledMs: () => 0 };
  const record = { key: null, value: Buffer.alloc(bytes), headers: {} };
  const pending = { id: 5n, messageId: 'm', stream: 'a', channel: petStatus.name, record };
  const result = await send({ broker, topic: 't', log: pino(stream) }, [pending]);
  expect(result).toMatchObject({ acked: [], refused: [{ id: 5n, reason: 'it is refused' }], error: undefined });
  return lines;
}

it('names the limit of the topic as the remedy for a record that the broker refuses', async () => {
  const msg = expect.stringMatching(
    /^The broker refuses a record: it is refused\. Raise max\.message\.bytes .*\(RECORD_PARKED\)$/,
  );
  expect(await linesOf(10)).toMatchObject([{ sequence: '5', stream: 'a', msg }]);
});

it('names another remedy for a record above the limit of the service', async () => {
  const msg = expect.stringMatching(
    /^A record can never be sent: it is refused\. Read its row in the table outbox, .*\(RECORD_TOO_LARGE\)$/,
  );
  expect(await linesOf(MAX_RECORD_BYTES + 1)).toMatchObject([{ sequence: '5', stream: 'a', msg }]);
});
