import { execute, list, query, statement } from '../statement.ts';
import type { Connection } from '../statement.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** The progress of a group in one partition. */
export interface OffsetRow extends TopicPartition {
  /** The first offset that is not applied yet. */
  readonly next: bigint;
}

export interface Advance extends OffsetRow {
  readonly lastApplied: { readonly offset: bigint; /** Milliseconds since 1970. */ readonly timestamp: number };
}

/** A row with the last applied record, which identifies its log; both are null if none was applied since the row was set. */
export interface StoredOffset extends OffsetRow {
  readonly lastOffset: bigint | null;
  /** Milliseconds since 1970. */
  readonly lastTimestamp: bigint | null;
}

/** A row to be moved over offsets that hold no records. */
export interface Passing extends OffsetRow {
  /** What the row has to hold: if another instance has moved it, it stays. */
  readonly expected: bigint;
}

// Does not wait: a row that another session holds, as an instance does that still applies what it had, is not in the
// answer. It also sets how long the statements of this transaction wait for a lock: a statement of its own would cost a
// round trip in every batch.
export const lockOffsetsStatement = statement(
  `SELECT topic, partition, next_offset AS next, set_config('lock_timeout', $4, true) AS "lockTimeout"
     FROM consumer_offset
    WHERE group_id = $1
      AND (topic, partition) IN (SELECT * FROM unnest(string_to_array($2, ','), $3::int[]))
    ORDER BY topic, partition
      FOR UPDATE SKIP LOCKED`,
  ['text', 'text', 'int4[]', 'text'],
  { topic: 'text', partition: 'int4', next: 'int8', lockTimeout: 'text' },
);

export const readOffsetsStatement = statement(
  `SELECT topic, partition, next_offset AS next, last_timestamp AS "lastTimestamp",
          CASE WHEN last_timestamp IS NOT NULL THEN coalesce(last_offset, next_offset - 1) END AS "lastOffset"
     FROM consumer_offset
    WHERE group_id = $1
    ORDER BY topic, partition`,
  ['text'],
  { topic: 'text', partition: 'int4', next: 'int8', lastTimestamp: 'int8?', lastOffset: 'int8?' },
);

export const otherGroupsStatement = statement(
  `SELECT DISTINCT group_id AS "group"
     FROM consumer_offset
    WHERE group_id <> $1 AND topic = ANY (string_to_array($2, ','))
    ORDER BY group_id`,
  ['text', 'text'],
  { group: 'text' },
);

export const insertOffsetsStatement = statement(
  `INSERT INTO consumer_offset (group_id, topic, partition, next_offset)
   SELECT $1, * FROM unnest(string_to_array($2, ','), $3::int[], $4::bigint[])
   ON CONFLICT DO NOTHING`,
  ['text', 'text', 'int4[]', 'int8[]'],
  {},
);

// The records before the offset that an operator names may never have been applied: the row forgets the last applied one.
export const setOffsetStatement = statement(
  `INSERT INTO consumer_offset (group_id, topic, partition, next_offset)
   VALUES ($1, $2, $3::int, $4::bigint)
   ON CONFLICT (group_id, topic, partition) DO UPDATE
      SET next_offset = excluded.next_offset, last_timestamp = NULL, last_offset = NULL`,
  ['text', 'text', 'int4', 'int8'],
  {},
);

export const copyOffsetsStatement = statement(
  `INSERT INTO consumer_offset (group_id, topic, partition, next_offset, last_timestamp, last_offset)
   SELECT $2, topic, partition, next_offset, last_timestamp, last_offset FROM consumer_offset WHERE group_id = $1
   ON CONFLICT DO NOTHING`,
  ['text', 'text'],
  {},
);

// `last_offset` stays null on a log without gaps: a row that an earlier version of the service advances, which does not
// know the column, stays right.
export const advanceOffsetsStatement = statement(
  `UPDATE consumer_offset o
      SET next_offset = a.next, last_timestamp = a.ms, last_offset = nullif(a.last, a.next - 1)
     FROM unnest(string_to_array($2, ','), $3::int[], $4::bigint[], $5::bigint[], $6::bigint[])
       AS a (topic, partition, next, ms, last)
    WHERE o.group_id = $1 AND o.topic = a.topic AND o.partition = a.partition`,
  ['text', 'text', 'int4[]', 'int8[]', 'int8[]', 'int8[]'],
  {},
);

// Does not wait, as above. The comparison with what is expected is the fence: no transaction is needed around it.
export const passOffsetsStatement = statement(
  `WITH locked AS (
     SELECT topic, partition, next_offset
       FROM consumer_offset
      WHERE group_id = $1
        AND (topic, partition) IN (SELECT * FROM unnest(string_to_array($2, ','), $3::int[]))
      ORDER BY topic, partition
        FOR UPDATE SKIP LOCKED)
   UPDATE consumer_offset o
      SET next_offset = p.next,
          last_offset = CASE WHEN o.last_timestamp IS NOT NULL THEN coalesce(o.last_offset, o.next_offset - 1) END
     FROM unnest(string_to_array($2, ','), $3::int[], $4::bigint[], $5::bigint[]) AS p (topic, partition, expected, next)
     JOIN locked ON locked.topic = p.topic AND locked.partition = p.partition AND locked.next_offset = p.expected
    WHERE o.group_id = $1 AND o.topic = p.topic AND o.partition = p.partition
   RETURNING o.topic, o.partition, o.next_offset AS next`,
  ['text', 'text', 'int4[]', 'int8[]', 'int8[]'],
  { topic: 'text', partition: 'int4', next: 'int8' },
);

/** Topic names have no comma (Kafka allows letters, digits, `.`, `_` and `-`). */
function topics(partitions: readonly TopicPartition[]): string {
  return partitions.map(({ topic }) => topic).join(',');
}

/**
 * Locks the rows of `partitions` and reads them; one that has no row, or whose row another session holds, is not in the
 * answer. If there is an answer, no later statement of the transaction waits longer for a lock than `lockTimeoutMs`.
 */
export function lockOffsets(
  connection: Connection,
  group: string,
  partitions: readonly TopicPartition[],
  lockTimeoutMs: number,
): Promise<readonly OffsetRow[]> {
  const numbers = list(partitions.map(({ partition }) => partition));
  return query(connection, lockOffsetsStatement, group, topics(partitions), numbers, String(lockTimeoutMs));
}

/** Reads all rows of the group. */
export function readOffsets(connection: Connection, group: string): Promise<readonly StoredOffset[]> {
  return query(connection, readOffsetsStatement, group);
}

/** Reads the names of other groups that have rows for one of these topics. */
export async function otherGroups(connection: Connection, group: string, names: readonly string[]): Promise<string[]> {
  const rows = await query(connection, otherGroupsStatement, group, names.join(','));
  return rows.map((row) => row.group);
}

/** Inserts the offsets where a group starts, in partitions without a row. The first instance decides. */
export async function insertOffsets(connection: Connection, group: string, rows: readonly OffsetRow[]): Promise<void> {
  const [partitions, nexts] = [list(rows.map((row) => row.partition)), list(rows.map((row) => row.next))];
  await execute(connection, insertOffsetsStatement, group, topics(rows), partitions, nexts);
}

/** Sets a row to the offset that the operator names; a running service notices and goes on from there. */
export async function setOffset(connection: Connection, group: string, row: OffsetRow): Promise<void> {
  await execute(connection, setOffsetStatement, group, row.topic, row.partition, row.next);
}

/** Copies the rows of one group to another; existing rows stay. @returns how many were copied. */
export function copyOffsets(connection: Connection, from: string, to: string): Promise<number> {
  return execute(connection, copyOffsetsStatement, from, to);
}

/** Moves the (locked) rows as far as each partition's records were applied. */
export async function advanceOffsets(connection: Connection, group: string, to: readonly Advance[]): Promise<void> {
  await execute(
    connection,
    advanceOffsetsStatement,
    group,
    topics(to),
    list(to.map((row) => row.partition)),
    list(to.map((row) => row.next)),
    list(to.map((row) => row.lastApplied.timestamp)),
    list(to.map((row) => row.lastApplied.offset)),
  );
}

/**
 * Moves rows over offsets that hold no records, as markers of transactions do. A row that does not hold what is expected,
 * or that another session holds, stays. @returns the moved rows.
 */
export function passOffsets(
  connection: Connection,
  group: string,
  rows: readonly Passing[],
): Promise<readonly OffsetRow[]> {
  return query(
    connection,
    passOffsetsStatement,
    group,
    topics(rows),
    list(rows.map((row) => row.partition)),
    list(rows.map((row) => row.expected)),
    list(rows.map((row) => row.next)),
  );
}
