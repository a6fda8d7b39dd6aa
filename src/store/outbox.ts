import type { HeaderValue, ProducedRecord, RecordHeaders } from '../../generated/contract/record.ts';
import { execute, list, query, statement } from './statement.ts';
import type { Connection, Row } from './statement.ts';

/** A record on its way into the outbox. */
export interface OutboxEntry {
  /** What keeps one order; see {@link ownerStream} and {@link partitionStream}. */
  readonly stream: string;
  /** The contract's name of the channel. */
  readonly channel: string;
  readonly record: ProducedRecord;
}

/** A committed record that the broker has not acked yet. */
export interface PendingRecord extends OutboxEntry {
  /** Rises strictly within a stream: the event's SEQUENCE. */
  readonly id: bigint;
  /** The same each time the record is sent. */
  readonly messageId: string;
}

/** Events of one owner leave in the order in which they were committed. */
export function ownerStream(tenantId: string, ownerId: number): string {
  return `${tenantId}/${String(ownerId)}`;
}

/** Rejections and dead letters leave in the order of the partition they come from. */
export function partitionStream(topic: string, partition: number): string {
  return `${topic}/${String(partition)}`;
}

// The rows travel as one JSON text: one parameter instead of five arrays with their elements escaped one by one.
// The headers are a JSON text within it: a nested object would be searched for \u0000, which binary headers have.
// ORDER BY numbers them in the order in which they were told.
export const insertOutboxStatement = statement(
  `INSERT INTO outbox (stream, channel, key, value, headers)
   SELECT e.stream, e.channel, decode(e.key, 'base64'), decode(e.value, 'base64'), e.headers::json
     FROM ROWS FROM (json_to_recordset($1::json)
            AS (stream text, channel text, key text, value text, headers text))
          WITH ORDINALITY AS e (stream, channel, key, value, headers, place)
    ORDER BY e.place`,
  {},
);

// Every pending row of a stream up to a limit, in order, waiting for whoever holds one: a stream has no gap and never
// two publishers. SKIP LOCKED would let a later event overtake the one that another publisher is sending.
export const claimOutboxStatement = statement(
  `WITH claimed AS MATERIALIZED (
     SELECT id, stream, channel, message_id, key, value, headers
       FROM outbox
      WHERE stream IN (SELECT json_array_elements_text($1::json)) AND parked_at IS NULL
      ORDER BY id
      LIMIT $2::int
        FOR UPDATE)
   SELECT id, stream, channel, message_id::text AS "messageId",
          encode(key, 'base64') AS key, encode(value, 'base64') AS value, headers::text AS headers,
          claimed::int
     FROM (SELECT *, sum(coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0)
                         + octet_length(headers::text)) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS bytes,
                  row_number() OVER (ORDER BY id) AS place,
                  count(*) OVER () AS claimed
             FROM claimed) AS sized
    WHERE bytes <= $3::int OR place = 1
    ORDER BY id`,
  {
    id: 'int8',
    stream: 'text',
    channel: 'text',
    messageId: 'text',
    key: 'text?',
    value: 'text?',
    headers: 'text',
    claimed: 'int4',
  },
);

export const deleteOutboxStatement = statement(
  `DELETE FROM outbox WHERE id IN (SELECT unnest($1::bigint[]))`,
  {},
);

export const parkOutboxStatement = statement(
  `UPDATE outbox SET parked_at = clock_timestamp(), parked_reason = $2 WHERE id = $1::bigint`,
  {},
);

// Whole streams, never rows by age: a row's time of creation says nothing about the order of commits.
export const leftBehindStatement = statement(
  `SELECT stream
     FROM outbox
    WHERE parked_at IS NULL
    GROUP BY stream
   HAVING min(created_at) < clock_timestamp() - make_interval(secs => $1::float8)
    ORDER BY min(id)
    LIMIT 1000`,
  { stream: 'text' },
);

/** Adds records to the outbox, in this order. Call it with the locks of their streams held. */
export async function insertOutbox(connection: Connection, entries: readonly OutboxEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map(({ stream, channel, record }) => ({
    stream,
    channel,
    key: record.key?.toString('base64'),
    value: record.value?.toString('base64'),
    headers: JSON.stringify(headersToJson(record.headers)),
  }));
  await execute(connection, insertOutboxStatement, JSON.stringify(rows));
}

/** How much one claim takes at most; its first row counts whatever its size. */
export interface ClaimBounds {
  readonly rows: number;
  readonly bytes: number;
}

export interface Claim {
  /** Each stream's pending records from its first one on, oldest first. */
  readonly records: readonly PendingRecord[];
  /** Whether that is all the streams had pending. */
  readonly complete: boolean;
}

/** Locks and reads the streams' pending records. */
export async function claimOutbox(
  connection: Connection,
  streams: readonly string[],
  { rows, bytes }: ClaimBounds,
): Promise<Claim> {
  const read = await query(connection, claimOutboxStatement, JSON.stringify(streams), rows, bytes);
  const claimed = read[0]?.claimed ?? 0;
  return { records: read.map(toPending), complete: claimed < rows && claimed === read.length };
}

/** Forgets records that the broker acked. */
export async function deleteOutbox(connection: Connection, ids: readonly bigint[]): Promise<void> {
  await execute(connection, deleteOutboxStatement, list(ids));
}

/** Takes a record that the broker refuses for what it is out of its stream; it stays, with the reason, to be seen. */
export async function parkOutbox(connection: Connection, id: bigint, reason: string): Promise<void> {
  await execute(connection, parkOutboxStatement, id, reason);
}

/** Streams that have had a record waiting for longer than this many seconds: what a dead instance left. */
export async function leftBehind(connection: Connection, seconds: number): Promise<string[]> {
  const rows = await query(connection, leftBehindStatement, seconds);
  return rows.map((row) => row.stream);
}

type ClaimedRow = Row<(typeof claimOutboxStatement)['columns']>;

function toPending({ id, stream, channel, messageId, key, value, headers }: ClaimedRow): PendingRecord {
  return {
    id,
    stream,
    channel,
    messageId,
    record: { key: bytes(key), value: bytes(value), headers: headersFromJson(headers) },
  };
}

function bytes(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, 'base64');
}

type JsonHeader = string | readonly string[];

/** Header values as text with one code point a byte: readable in the table, and exact for binary values. */
function headersToJson(headers: RecordHeaders): Record<string, JsonHeader> {
  const json: Record<string, JsonHeader> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) json[name] = isList(value) ? value.map(latin1) : latin1(value);
  }
  return json;
}

function headersFromJson(text: string): Record<string, HeaderValue | readonly HeaderValue[]> {
  const json = JSON.parse(text) as Record<string, JsonHeader>;
  const headers: Record<string, HeaderValue | readonly HeaderValue[]> = {};
  for (const name in json) {
    const value = json[name];
    if (value === undefined) continue;
    headers[name] = typeof value === 'string' ? Buffer.from(value, 'latin1') : value.map((one) => Buffer.from(one, 'latin1'));
  }
  return headers;
}

function latin1(value: HeaderValue): string {
  return (typeof value === 'string' ? Buffer.from(value) : value).toString('latin1');
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: HeaderValue | readonly HeaderValue[]): value is readonly HeaderValue[] {
  return Array.isArray(value);
}
