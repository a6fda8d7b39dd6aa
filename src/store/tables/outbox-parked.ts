/** Records that the broker refused for what they are: out of their streams until the operator returns them. */
import { inTransaction } from '../database.ts';
import type { Database, Transaction } from '../database.ts';
import { lockOwnerStatement } from './owner.ts';
import { query, statement } from '../statement.ts';
import type { Connection } from '../statement.ts';

export interface Parked {
  readonly id: bigint;
  readonly stream: string;
  readonly channel: string;
  /** When it was parked, ISO 8601. */
  readonly since: string;
  /** The broker's error. */
  readonly reason: string;
  /** Of its value. */
  readonly bytes: number;
}

export const listParkedStatement = statement(
  `SELECT id, stream, channel, to_char(parked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
          coalesce(parked_reason, '') AS reason, coalesce(octet_length(value), 0) AS bytes
     FROM outbox
    WHERE parked_at IS NOT NULL
    ORDER BY id`,
  [],
  { id: 'int8', stream: 'text', channel: 'text', since: 'text', reason: 'text', bytes: 'int4' },
);

// A transaction that adds to a stream holds the stream's lock, so that ids rise in the order of commits: the row of the owner,
// or the offset row of the source partition.
export const lockPartitionStatement = statement(
  `SELECT next_offset AS id
     FROM consumer_offset
    WHERE topic = $1 AND partition = $2::int
    ORDER BY group_id
      FOR UPDATE`,
  ['text', 'int4'],
  { id: 'int8' },
);

export const returnParkedStatement = statement(
  `WITH returned AS (
     DELETE FROM outbox WHERE id = $1::bigint AND parked_at IS NOT NULL
     RETURNING stream, channel, message_id, key, value, headers)
   INSERT INTO outbox (stream, channel, message_id, key, value, headers)
   SELECT stream, channel, message_id, key, value, headers FROM returned
   RETURNING id`,
  ['int8'],
  { id: 'int8' },
);

/** All that are parked, the oldest first. */
export function listParked(connection: Connection): Promise<readonly Parked[]> {
  return query(connection, listParkedStatement);
}

/**
 * Puts a parked record at the end of its stream, as a row with another id and the same MESSAGE_ID: a running service sends
 * it within seconds.
 *
 * @returns its new id; undefined if it is not parked any more.
 */
export function returnParked(database: Database, { id, stream }: Parked): Promise<bigint | undefined> {
  return inTransaction(database, async (transaction) => {
    await lockStream(transaction, stream);
    const [returned] = await query(transaction, returnParkedStatement, id);
    return returned?.id;
  });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Locks what orders a stream: its key is that of `ownerKey` or of `partitionKey` in src/keys.ts. */
async function lockStream(transaction: Transaction, stream: string): Promise<void> {
  const [name, number] = stream.split('/');
  // No unit of work adds to a stream of another form, such as an operator may have inserted.
  if (name === undefined || number === undefined) return;
  const lock = UUID.test(name) ? lockOwner : lockPartition;
  await lock(transaction, name, Number(number));
}

function lockOwner(transaction: Transaction, tenantId: string, ownerId: number) {
  return query(transaction, lockOwnerStatement, tenantId, ownerId);
}

function lockPartition(transaction: Transaction, topic: string, partition: number) {
  return query(transaction, lockPartitionStatement, topic, partition);
}
