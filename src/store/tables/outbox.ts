import { randomUUID } from 'node:crypto';
import type { ProducedRecord } from '../../../generated/contract/record.js';
import { InvariantError, mustExist } from '../../invariant.ts';
import { headersFromJson, headersToJson } from '../header-json.ts';
import { execute, list, query, queryOne, statement } from '../statement.ts';
import type { Connection, Row } from '../statement.ts';
import { base64, BASE64_JSON, OPTIONAL_BASE64, writtenRows } from '../text-rows.ts';

/** A record on its way into the outbox. */
export interface OutboxEntry {
  /**
   * What keeps one order: the key of an owner, whose events leave in the order of their commits; or of the source partition,
   * for rejections and dead letters. See src/keys.ts.
   */
  readonly stream: string;
  /** The contract's name of the channel. */
  readonly channel: string;
  readonly record: ProducedRecord;
  /**
   * The timestamp of the consumed record that caused it, in milliseconds since 1970; only for the latency metric, so that
   * it is not stored.
   */
  readonly sourceTimestamp?: number;
}

/** A committed record that the broker has not acked yet. */
export interface PendingRecord extends OutboxEntry {
  /** Rises strictly within a stream: the event's SEQUENCE. */
  readonly id: bigint;
  /** The same each time the record is sent. */
  readonly messageId: string;
}

/** A record with the id that it is sent under. */
interface NewRow extends OutboxEntry {
  readonly messageId: string;
}

/** A row is one part of a text. No value has a character that JSON escapes: Prisma writes and reads its parameters as JSON once more. */
const NEW_ROWS = writtenRows<NewRow>(
  { column: ' ', row: ';' },
  {
    stream: { sql: '$text', write: ({ stream }) => stream, isChecked: true },
    channel: { sql: '$text', write: ({ channel }) => channel, isChecked: true },
    message_id: { sql: '$text::uuid', write: ({ messageId }) => messageId },
    key: { sql: OPTIONAL_BASE64, write: ({ record }) => base64(record.key) },
    value: { sql: OPTIONAL_BASE64, write: ({ record }) => base64(record.value) },
    headers: { sql: BASE64_JSON, write: ({ record }) => base64(headersToJson(record.headers)) },
  },
);

// ORDER BY numbers the rows in the order of the entries; the ids come back as one text, not as a row each.
export const insertOutboxStatement = statement(
  `WITH inserted AS (
     INSERT INTO outbox (${NEW_ROWS.names})
     SELECT ${NEW_ROWS.select}
       FROM ${NEW_ROWS.from(1)}
      ORDER BY place
     RETURNING id)
   SELECT string_agg(id::text, ',' ORDER BY id) AS ids FROM inserted`,
  ['text'],
  { ids: 'text' },
);

// Every pending row of a stream up to a limit, in order, up to the first one that another session holds: no claim waits, a
// stream has no gap, and never two publishers, since no publisher gets a row without those before it. (SKIP LOCKED alone would
// let a later event overtake the one that another publisher is sending.) `pending` and `locked` see one snapshot: a row
// that another publisher has just deleted is in the first and not in the second, and is treated like a held row.
// A row is claimed only if its number among the pending rows of its stream equals its number among the locked ones: then no
// row before it is missing. The rows are read stream by stream, as a range of the index on stream and id. If the planner could
// use the order of the primary key, it would read all pending rows for each stream when statistics count few streams (3 s per
// claim with 200,000 rows). The range starts at the floor, because below it there may be any number of dead rows.
export const claimOutboxStatement = statement(
  `WITH pending AS MATERIALIZED (
     SELECT wanted.place, numbered.id, numbered.number
       FROM json_array_elements_text($1::json) WITH ORDINALITY AS wanted (stream, place)
      CROSS JOIN LATERAL (
              SELECT id, row_number() OVER (ORDER BY stream, id) AS number
                FROM outbox
               WHERE (stream, id) >= (wanted.stream, $3::bigint) AND stream <= wanted.stream
                 AND channel = $2 AND parked_at IS NULL
               ORDER BY stream, id
               LIMIT $4::int) AS numbered
      LIMIT $4::int),
   locked AS MATERIALIZED (
     SELECT pending.*
       FROM pending
      CROSS JOIN LATERAL (
              SELECT FROM outbox
               WHERE id = pending.id AND parked_at IS NULL
                 FOR UPDATE SKIP LOCKED) AS free),
   counted AS (
     SELECT *, row_number() OVER (PARTITION BY place ORDER BY id) AS number_among_locked FROM locked)
   SELECT string_agg(id::text, ',' ORDER BY id) FILTER (WHERE number = number_among_locked) AS ids,
          (SELECT count(*) FROM pending)::int AS seen,
          CASE WHEN count(*) < (SELECT count(*) FROM pending) THEN (
            SELECT string_agg(DISTINCT place::text, ',') FROM pending WHERE id NOT IN (SELECT id FROM locked))
          END AS held
     FROM counted`,
  ['json', 'text', 'int8', 'int4'],
  { ids: 'text?', seen: 'int4', held: 'text?' },
);

export const readOutboxStatement = statement(
  `SELECT id, stream, channel, message_id::text AS "messageId",
          encode(key, 'base64') AS key, encode(value, 'base64') AS value, headers::text AS headers
     FROM (SELECT *, sum(coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0)
                         + octet_length(headers::text)) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS bytes,
                  row_number() OVER (ORDER BY id) AS place
             FROM outbox
            WHERE id IN (SELECT unnest($1::bigint[])) AND parked_at IS NULL) AS wanted
    WHERE bytes <= $2::int OR place = 1
    ORDER BY id`,
  ['int8[]', 'int4'],
  {
    id: 'int8',
    stream: 'text',
    channel: 'text',
    messageId: 'text',
    key: 'text?',
    value: 'text?',
    headers: 'text',
  },
);

export const deleteOutboxStatement = statement(
  `DELETE FROM outbox WHERE id IN (SELECT unnest($1::bigint[]))`,
  ['int8[]'],
  {},
);

export const parkOutboxStatement = statement(
  `UPDATE outbox SET parked_at = clock_timestamp(), parked_reason = $2 WHERE id = $1::bigint`,
  ['int8', 'text'],
  {},
);

export const parkTooLargeStatement = statement(
  `UPDATE outbox
      SET parked_at = clock_timestamp(),
          parked_reason = format('it has %s bytes, and the limit of the service is %s', large.bytes, $2::int)
     FROM (SELECT id,
                  coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0) + octet_length(headers::text) AS bytes
             FROM outbox
            WHERE id IN (SELECT unnest($1::bigint[]))) AS large
    WHERE outbox.id = large.id AND large.bytes > $2::int
   RETURNING outbox.id, large.bytes`,
  ['int8[]', 'int4'],
  { id: 'int8', bytes: 'int4' },
);

export const countParkedStatement = statement(
  `SELECT count(*)::int AS rows FROM outbox WHERE parked_at IS NOT NULL`,
  [],
  {
    rows: 'int4',
  },
);

// Finds streams, never rows: a claim takes each stream from its first row on. What was left behind has the lowest ids,
// so reading the first rows is enough, however many are pending.
export const leftBehindStatement = statement(
  `SELECT DISTINCT stream
     FROM (SELECT stream, created_at
             FROM outbox
            WHERE channel = $1 AND id >= $2::bigint AND parked_at IS NULL
            ORDER BY id
            LIMIT 1000) AS oldest
    WHERE created_at < clock_timestamp() - make_interval(secs => $3::float8)`,
  ['text', 'int8', 'float8'],
  { stream: 'text' },
);

export const backlogStatement = statement(
  `SELECT count(*)::int AS rows, min(id) AS lowest,
          (extract(epoch FROM clock_timestamp() - min(created_at) FILTER (
             WHERE stream NOT IN (SELECT json_array_elements_text($3::json)))) * 1000)::bigint AS age
     FROM (SELECT id, stream, created_at
             FROM outbox
            WHERE channel = $1 AND id >= $2::bigint AND parked_at IS NULL
            ORDER BY id
            LIMIT $4::int) AS oldest`,
  ['text', 'int8', 'json', 'int4'],
  { rows: 'int4', lowest: 'int8?', age: 'int8?' },
);

/**
 * Adds records to the outbox, in this order. Call it with the locks of their streams held.
 * @returns what will be pending once the transaction is committed.
 */
export async function insertOutbox(
  connection: Connection,
  entries: readonly OutboxEntry[],
): Promise<readonly PendingRecord[]> {
  if (entries.length === 0) return [];
  const rows = entries.map((entry) => ({ ...entry, messageId: randomUUID() }));
  const inserted = await queryOne(connection, insertOutboxStatement, NEW_ROWS.write(rows));
  const ids = idsIn(inserted.ids);
  if (ids.length !== rows.length) {
    throw new InvariantError(
      `${String(rows.length)} rows were inserted into the outbox, ${String(ids.length)} have an id`,
    );
  }
  return rows.map((row, index) => Object.assign(row, { id: mustExist(ids[index], 'the id of an outbox row') }));
}

/** The pending rows of one channel; none is below the floor. */
export interface ChannelRows {
  readonly channel: string;
  /** An id. */
  readonly floor: bigint;
}

/**
 * Locks the streams' pending records of a channel, at most `rows` of them: each stream from its first one on, without a gap,
 * up to the first that another session holds. Does not wait.
 *
 * @returns their ids, oldest first; the streams in which a record is held; whether these are all that is pending.
 */
export async function claimOutbox(
  connection: Connection,
  { channel, floor }: ChannelRows,
  streams: readonly string[],
  rows: number,
): Promise<{ readonly ids: readonly bigint[]; readonly held: readonly string[]; readonly isAll: boolean }> {
  const claimed = await queryOne(connection, claimOutboxStatement, JSON.stringify(streams), channel, floor, rows);
  // Of a stream that is held the statement returns the position in the list, from 1.
  const held = claimed.held === null ? [] : claimed.held.split(',').map(Number);
  return {
    ids: idsIn(claimed.ids),
    held: held.map((ordinal) => mustExist(streams[ordinal - 1], 'a stream that is held')),
    isAll: claimed.seen < rows,
  };
}

/**
 * Parks those records that are larger than `maxBytes`, without reading them.
 * @returns their ids, with how large each is.
 */
export function parkTooLarge(
  connection: Connection,
  ids: readonly bigint[],
  maxBytes: number,
): Promise<readonly { readonly id: bigint; readonly bytes: number }[]> {
  return query(connection, parkTooLargeStatement, list(ids), maxBytes);
}

/** Reads records that this process did not commit itself: the oldest, up to so many bytes, one at least. */
export async function readOutbox(
  connection: Connection,
  ids: readonly bigint[],
  bytes: number,
): Promise<readonly PendingRecord[]> {
  return (await query(connection, readOutboxStatement, list(ids), bytes)).map(toPending);
}

function idsIn(text: string | null): bigint[] {
  return text === null ? [] : text.split(',').map(BigInt);
}

/** Forgets records that the broker acked. */
export async function deleteOutbox(connection: Connection, ids: readonly bigint[]): Promise<void> {
  await execute(connection, deleteOutboxStatement, list(ids));
}

/** Takes a record that the broker refuses for what it is out of its stream; it stays, with the reason, to be seen. */
export async function parkOutbox(connection: Connection, id: bigint, reason: string): Promise<void> {
  await execute(connection, parkOutboxStatement, id, reason);
}

/** How many records are parked, of all channels. */
export async function countParked(connection: Connection): Promise<number> {
  const { rows } = await queryOne(connection, countParkedStatement);
  return rows;
}

/** Streams of a channel that have had a record waiting for longer than this many seconds: what a dead instance left. */
export async function leftBehind(
  connection: Connection,
  { channel, floor }: ChannelRows,
  seconds: number,
): Promise<string[]> {
  const rows = await query(connection, leftBehindStatement, channel, floor, seconds);
  return rows.map((row) => row.stream);
}

export interface ChannelBacklog {
  readonly rows: number;
  /** The lowest id that is pending. */
  readonly lowest: bigint | undefined;
  /** How long the oldest one has waited; 0 if there is none. */
  readonly ageMs: number;
}

/**
 * Counts the records of a channel that are pending, up to `limit`; parked ones do not count.
 *
 * @param held streams that wait for another session: the broker is not the cause of their age.
 */
export async function backlogOf(
  connection: Connection,
  { channel, floor }: ChannelRows,
  limit: number,
  held: readonly string[],
): Promise<ChannelBacklog> {
  const backlog = await queryOne(connection, backlogStatement, channel, floor, JSON.stringify(held), limit);
  const { rows, lowest, age } = backlog;
  return { rows, lowest: lowest ?? undefined, ageMs: age === null ? 0 : Number(age) };
}

type OutboxRow = Row<(typeof readOutboxStatement)['columns']>;

function toPending({ id, stream, channel, messageId, key, value, headers }: OutboxRow): PendingRecord {
  return {
    id,
    stream,
    channel,
    messageId,
    record: { key: decoded(key), value: decoded(value), headers: headersFromJson(headers) },
  };
}

function decoded(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text, 'base64');
}
