/** Records get the headers that are set on sending; none is sent without them. */
import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import type { ProducedRecord } from '../../generated/contract/record.js';
import { createLog } from '../../src/log.ts';
import { send } from '../../src/outbox/send.ts';

/** Sends one record. @returns what reached the broker, and the result. */
async function sendOne(channel: string) {
  const sent: ProducedRecord[] = [];
  const broker = {
    throttledMs: () => 0,
    publish: (_topic: string, records: readonly ProducedRecord[]) => {
      sent.push(...records);
      return Promise.resolve();
    },
  };
  const record = { key: null, value: null, headers: {} };
  const pending = { id: 7n, messageId: randomUUID(), stream: 's', channel, record };
  const result = await send({ broker, topic: 't', log: createLog('silent') }, [pending]);
  return { sent, result, messageId: pending.messageId };
}

it('an event is sent with its MESSAGE_ID and SEQUENCE', async () => {
  const { sent, result, messageId } = await sendOne(petStatus.name);
  expect(sent).toMatchObject([{ headers: { MESSAGE_ID: messageId, SEQUENCE: '7' } }]);
  expect(result).toMatchObject({ acked: [7n], error: undefined });
});

it('a record of a channel that the contract does not have is not sent', async () => {
  const { sent, result } = await sendOne('unknown');
  expect([sent, result.acked]).toEqual([[], []]);
  expect(result.error?.message).toContain('channel unknown');
});
