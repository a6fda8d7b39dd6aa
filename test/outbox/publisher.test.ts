/** What the publisher still owes, whatever was committed while it claimed: promise 6, consuming goes on. */
import { expect, it } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { Publisher } from '../../src/outbox/publisher.ts';
import type { Database } from '../../src/store/database.ts';
import { claimOutboxStatement, deleteOutboxStatement, readOutboxStatement } from '../../src/store/outbox.ts';
import type { PendingRecord } from '../../src/store/outbox.ts';
import { until } from '../support/until.ts';

/** More than fit into one send, so that the rest of a claim is put back. */
const VALUE = Buffer.alloc(1_000, 'x');
const BATCH = 1_500;
/** More than would make the publisher full, if each were owed once too often. */
const ROUNDS = 20;

it('owes nothing once everything has left', async () => {
  const outbox = new Map<bigint, PendingRecord>();
  let rounds = 0;
  const commit = () => {
    const told = Array.from({ length: BATCH }, (_, index): PendingRecord => {
      const id = BigInt(rounds * BATCH + index + 1);
      return { id, messageId: 'm', stream: 's', channel: 'c', record: { key: null, value: VALUE, headers: {} } };
    });
    for (const record of told) outbox.set(record.id, record);
    rounds += 1;
    publisher.publish(told);
  };
  // Only what the publisher asks for; somebody commits between the begin of a claim and what it sees.
  const transaction = {
    $queryRawUnsafe(text: string, ids: string) {
      if (text === claimOutboxStatement.text) {
        if (rounds < ROUNDS) commit();
        return Promise.resolve([{ ids: [...outbox.keys()].slice(0, 2_000).join(',') }]);
      }
      if (text !== readOutboxStatement.text) return Promise.resolve([]);
      const wanted = idsOf(ids).slice(0, 500);
      const row = { stream: 's', channel: 'c', messageId: 'm', key: null, headers: '{}' };
      return Promise.resolve(wanted.map((id) => ({ ...row, id, value: VALUE.toString('base64') })));
    },
    $executeRawUnsafe(text: string, ids: string) {
      if (text === deleteOutboxStatement.text) for (const id of idsOf(ids)) outbox.delete(id);
      return Promise.resolve(0);
    },
  };
  const database = { ...transaction, $transaction: (work: (one: typeof transaction) => unknown) => work(transaction) };
  const publisher = new Publisher({
    database: database as unknown as Database,
    broker: { publish: () => Promise.resolve() } as unknown as ConstructorParameters<typeof Publisher>[0]['broker'],
    topicOf: (channel) => channel,
    log: createLog('silent'),
    health: () => undefined,
  });
  publisher.start();
  commit();
  await until('not everything leaves', () => Promise.resolve(rounds === ROUNDS && outbox.size === 0));
  await publisher.stop();
  expect(publisher.owed).toBe(0);
});

function idsOf(list: string): bigint[] {
  return list.slice(1, -1).split(',').map(BigInt);
}
