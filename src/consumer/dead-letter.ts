import { deadLetter } from '../../generated/contract/channels/dead-letter.ts';
import type { DeadLetterHeaders } from '../../generated/contract/headers.ts';
import type { Invalid } from '../../generated/contract/record.ts';
import { partitionKey } from '../keys.ts';
import { metrics } from '../metrics.ts';
import type { OutboxEntry } from '../store/tables/outbox.ts';
import type { BrokerRecord } from '../transport/broker.ts';
import { placeId } from './place.ts';

type Reason = DeadLetterHeaders['DEAD_LETTER_REASON'];

/** Every reason once: a reason that is missing here does not compile. */
const REASONS: Readonly<Record<Reason, true>> = {
  INVALID_JSON: true,
  INVALID_PAYLOAD: true,
  INVALID_HEADERS: true,
  UNKNOWN_TYPE: true,
  AMBIGUOUS_ASSET: true,
  HANDLER_FAILED: true,
};

/**
 * Starts the counters of what is wrong with records of these topics at 0. Prometheus sees no increase in a counter that
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
  /** For people: what was wrong and where. */
  readonly message: string;
  /** How often the record was handled: 0 for an invalid one. */
  readonly attempts: number;
}

/** Why a record that breaks the contract is set aside. */
export function causeOf({ code, pointer, sentence }: Invalid): DeadLetterCause {
  return { reason: code, message: `${pointer} ${sentence}`.trim(), attempts: 0 };
}

/** The record that could not be handled, its own key, value and headers unchanged, and beside them why and whence. */
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
      DEAD_LETTER_ID: placeId(group, topic, partition, record.offset),
    }),
  };
}

/** The furthest times that a Date can say; a producer may have written any 64-bit number. */
const FURTHEST = 8.64e15;

function isoTime(milliseconds: number): string {
  return new Date(Math.max(-FURTHEST, Math.min(FURTHEST, milliseconds))).toISOString();
}
