import { expect, it } from '@jest/globals';
import { recordId, rollOf } from '../../src/consumer/record-id.ts';

const topicPartition = (partition: number) => ({ topic: 'commands', partition });

it('a roll depends only on topic, partition and offset, and is the same in every release', () => {
  expect(rollOf(topicPartition(0), 0n)).toBe(1685364292 / 2 ** 32);
  expect(rollOf(topicPartition(3), 2n ** 60n)).toBe(3561261592 / 2 ** 32);
});

it('rolls are uniformly distributed', () => {
  const rolls = Array.from({ length: 20_000 }, (_, offset) => rollOf(topicPartition(offset % 4), BigInt(offset)));
  expect(new Set(rolls).size).toBeGreaterThan(19_900);
  expect(rolls.filter((roll) => !(roll >= 0 && roll < 1))).toEqual([]);
  // Each tenth has 2,000 rolls, within five standard deviations.
  const tenths = Map.groupBy(rolls, (roll) => Math.floor(roll * 10));
  for (const tenth of tenths.values())
    expect(Math.abs(tenth.length - 2_000)).toBeLessThan(5 * Math.sqrt(20_000 * 0.1 * 0.9));
});

it('an id is a UUID that depends only on group, topic, partition and offset', () => {
  const id = recordId('pets', 'commands', 1, 7n);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(recordId('pets', 'commands', 1, 7n)).toBe(id);
  const others = [
    recordId('pet', 'scommands', 1, 7n),
    recordId('pets', 'commands', 17, 7n),
    recordId('pets', 'commands', 1, 8n),
  ];
  expect(new Set([id, ...others]).size).toBe(4);
});
