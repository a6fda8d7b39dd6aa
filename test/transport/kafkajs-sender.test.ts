/** A record that is sent alone: which answers count as an ack. */
import { expect, it } from '@jest/globals';
import type { Kafka } from 'kafkajs';
import { openSender } from '../../src/transport/kafkajs-sender.ts';

it.each([
  ['its offset', [{ baseOffset: '12' }], 12n],
  ['no offset', [{}], undefined],
  ['nothing', [], undefined],
])('an ack may have %s', async (_what, answer, offset) => {
  const producer = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    send: () => Promise.resolve(answer),
  };
  const sender = await openSender({ producer: () => producer } as unknown as Kafka, 'none');
  const record = { topic: 't', partition: 0, timestamp: 0, key: null, value: null, headers: {} };
  expect(await sender.send(record)).toBe(offset);
});
