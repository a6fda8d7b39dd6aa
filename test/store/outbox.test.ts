/** An inserted record has the id of its row, or the unit of work fails. */
import { expect, it } from '@jest/globals';
import type { Connection } from '../../src/store/statement.ts';
import { claimOutbox, insertOutbox } from '../../src/store/tables/outbox.ts';

function connectionOf(row: object): Connection {
  return { $queryRawUnsafe: () => Promise.resolve([row]) } as unknown as Connection;
}

const entry = (stream: string) => ({ stream, channel: 'petStatus', record: { key: null, value: null, headers: {} } });

it('gives each record the id of its row, in order', async () => {
  const inserted = await insertOutbox(connectionOf({ ids: '5,6' }), [entry('a'), entry('b')]);
  expect(inserted.map(({ id, stream }) => [id, stream])).toEqual([
    [5n, 'a'],
    [6n, 'b'],
  ]);
});

it.each(['5', '5,6,7', null])('throws if the number of ids differs from that of records: %p', async (ids) => {
  const inserting = insertOutbox(connectionOf({ ids }), [entry('a'), entry('b')]);
  await expect(inserting).rejects.toThrow('2 rows were inserted into the outbox');
});

it('returns the streams that another session has locked', async () => {
  const claim = (held: string | null) =>
    claimOutbox(connectionOf({ ids: '5', seen: 1, held }), { channel: 'petStatus', floor: 1n }, ['a', 'b'], 10);
  expect(await claim('2')).toEqual({ ids: [5n], held: ['b'], isAll: true });
  expect((await claim(null)).held).toEqual([]);
  await expect(claim('3')).rejects.toThrow('must exist');
});
