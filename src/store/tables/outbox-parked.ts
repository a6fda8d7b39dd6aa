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
  /** When it was set aside, ISO 8601. */
  readonly since: string;
  /** What the broker said. */
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
  { id: 'int8', stream: 'text', channel: 'text', since: 'text', reason: 'text', bytes: 'int4' },
);

// Whoever adds to a stream holds its lock, so that ids rise in the order of commits: an owner's is the owner's row, a
// source partition's its offset row.
export const lockPartitionStatement = statement(
  `SELECT next_offset AS id
     FROM consumer_offset
    WHERE topic = $1 AND partition = $2::int
    ORDER BY group_id
      FOR UPDATE`,
  { id: 'int8' },
);

export const returnParkedStatement = statement(
  `WITH gone AS (
     DELETE FROM outbox WHERE id = $1::bigint AND parked_at IS NOT NULL
     RETURNING stream, channel, message_id, key, value, headers)
   INSERT INTO outbox (stream, channel, message_id, key, value, headers)
   SELECT stream, channel, message_id, key, value, headers FROM gone
   RETURNING id`,
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
 * @returns its new id; undefined where it is not parked any more.
 */
export function returnParked(database: Database, { id, stream }: Parked): Promise<bigint | undefined> {
  return inTransaction(database, async (transaction) => {
    await lockStream(transaction, stream);
    const [returned] = await query(transaction, returnParkedStatement, id);
    return returned?.id;
  });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** See `ownerKey` and `partitionKey` in src/keys.ts. */
async function lockStream(transaction: Transaction, stream: string): Promise<void> {
  const [name = '', number] = stream.split('/');
  const lock = UUID.test(name) ? lockOwnerStatement : lockPartitionStatement;
  await query(transaction, lock, name, Number(number));
}
