import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import type { DeadLetterHeaders } from '../../generated/contract/headers.js';
import type { Invalid } from '../../generated/contract/record.js';
import { partitionKey } from '../keys.ts';
import { metrics } from '../metrics.ts';
import type { OutboxEntry } from '../store/tables/outbox.ts';
import type { BrokerRecord } from '../transport/broker.ts';
import { recordId } from './record-id.ts';

type Reason = DeadLetterHeaders['DEAD_LETTER_REASON'];

/** All reasons. If one is missing, this does not compile. */
const REASONS: Readonly<Record<Reason, true>> = {
  INVALID_JSON: true,
  INVALID_PAYLOAD: true,
  INVALID_HEADERS: true,
  UNKNOWN_TYPE: true,
  AMBIGUOUS_ASSET: true,
  HANDLER_FAILED: true,
};

/**
 * Starts the counters of dead letters and unreadable batches of these topics at 0. Prometheus sees no increase in a counter that
 * begins with 1, so that an alert would miss the first dead letter.
 */
export function countFromZero(topics: readonly string[]): void {
  for (const topic of topics) {
    metrics.unreadableBatches.inc({ topic }, 0);
    for (const reason of Object.keys(REASONS)) metrics.deadLetters.inc({ topic, reason }, 0);
  }
}

export interface DeadLetterCause {
  readonly reason: Reason;
  /** What was wrong and where, for people. */
  readonly message: string;
  /** How often the record was handled: 0 for an invalid one. */
  readonly attempts: number;
}

/** Returns why a record that breaks the contract becomes a dead letter. */
export function causeOf({ code, pointer, sentence }: Invalid): DeadLetterCause {
  return { reason: code, message: `${pointer} ${sentence}`.trim(), attempts: 0 };
}

/** Returns the dead letter of a record: its key, value and headers unchanged, with headers for the reason and the origin. */
export function deadLetterOf(
  group: string,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  record: BrokerRecord,
  { reason, message, attempts }: DeadLetterCause,
): OutboxEntry {
  return {
    stream: partitionKey({ topic, partition }),
    channel: deadLetter.name,
    sourceTimestamp: record.timestamp,
    record: deadLetter.encode(record, {
      DEAD_LETTER_REASON: reason,
      DEAD_LETTER_MESSAGE: message,
      DEAD_LETTER_TOPIC: topic,
      DEAD_LETTER_PARTITION: String(partition),
      DEAD_LETTER_OFFSET: String(record.offset),
      DEAD_LETTER_TIMESTAMP: isoTime(record.timestamp),
      DEAD_LETTER_GROUP: group,
      DEAD_LETTER_ATTEMPTS: String(attempts),
      DEAD_LETTER_ID: recordId(group, topic, partition, record.offset),
    }),
  };
}

/** The latest time that a Date can hold, and with a minus the earliest. A producer may have written any 64-bit number. */
const MAX_TIME_MS = 8.64e15;

function isoTime(milliseconds: number): string {
  return new Date(Math.max(-MAX_TIME_MS, Math.min(MAX_TIME_MS, milliseconds))).toISOString();
}
