import { mustExist } from '../invariant.ts';
import { encodedSize } from '../record-size.ts';
import { insertOutbox } from '../store/tables/outbox.ts';
import type { OutboxEntry, PendingRecord } from '../store/tables/outbox.ts';
import type { Connection } from '../store/statement.ts';

/** An entry of the outbox, or what makes it: the many events of one record are encoded when they are inserted. */
export type EntrySource = OutboxEntry | (() => OutboxEntry);

/** What one INSERT may hold. */
const MAX_STATEMENT = { rows: 2_000, bytes: 4_194_304 } as const;
/** What one unit of work hands to the publisher, so that memory stays bounded; it reads the rest from the outbox. */
const MAX_HANDED_OVER = { records: 5_000, bytes: 4_194_304 } as const;

/**
 * Inserts entries into the outbox, in this order, with as many statements as their number and size ask for.
 *
 * @returns the first of the records, and at least the first one of each stream, for the publisher.
 */
export async function insertEntries(
  connection: Connection,
  sources: readonly EntrySource[],
): Promise<readonly PendingRecord[]> {
  const handedOver: PendingRecord[] = [];
  const streams = new Set<string>();
  let handedOverBytes = 0;
  for (let at = 0; at < sources.length;) {
    const entries: OutboxEntry[] = [];
    for (let bytes = 0; at < sources.length && entries.length < MAX_STATEMENT.rows; at += 1) {
      const source = mustExist(sources[at], 'the entry at an index below the length');
      const entry = typeof source === 'function' ? source() : source;
      bytes += encodedSize(entry.record);
      // An entry that is larger than all that a statement may hold has a statement of its own.
      if (bytes > MAX_STATEMENT.bytes && entries.length > 0) break;
      entries.push(entry);
    }
    for (const record of await insertOutbox(connection, entries)) {
      const isFull = handedOver.length >= MAX_HANDED_OVER.records || handedOverBytes >= MAX_HANDED_OVER.bytes;
      if (isFull && streams.has(record.stream)) continue;
      streams.add(record.stream);
      handedOver.push(record);
      handedOverBytes += encodedSize(record.record);
    }
  }
  return handedOver;
}
