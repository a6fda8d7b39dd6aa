/** The offsets that a group has committed, by the broker's answer. */
import { expect, it } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { committed } from '../../src/transport/kafkajs-admin.ts';

const adminOf = (answer: unknown) => ({ fetchOffsets: () => Promise.resolve(answer) }) as unknown as Admin;

it('a partition without a commit has none', async () => {
  const partitions = [
    { partition: 0, offset: '-1' },
    { partition: 1, offset: '7' },
  ];
  expect(await committed(adminOf([{ topic: 't', partitions }]), 'group', 't')).toEqual(new Map([[1, 7n]]));
});

it.each([[[]], [[{ topic: 'other', partitions: [] }]]])(
  'an answer without the topic is an error: %j',
  async (answer) => {
    await expect(committed(adminOf(answer), 'group', 't')).rejects.toThrow('no offsets of group group for topic t');
  },
);
