import type { Logger } from 'pino';
import { channels } from '../../generated/contract/channels.js';
import type { ProducedRecord } from '../../generated/contract/record.js';
import { bisect } from '../bisect.ts';
import { sentence } from '../errors.ts';
import { mustExist } from '../invariant.ts';
import { encodedSize } from '../record-size.ts';
import type { PendingRecord } from '../store/tables/outbox.ts';
import { PublishError } from '../transport/broker.ts';
import type { Broker } from '../transport/broker.ts';
import { MAX_RECORD_BYTES } from '../transport/sendable-size.ts';

/** One claim may send for this long: below the server's limit for an idle transaction (10 s). */
const MAX_SENDING_MS = 8_000;

export interface SendOptions {
  readonly broker: Pick<Broker, 'publish' | 'throttledMs'>;
  readonly topic: string;
  readonly log: Logger;
}

/** What became of a send: each record is acked, refused for what it is, or still to be sent. */
export interface SendResult {
  readonly acked: bigint[];
  readonly refused: { readonly id: bigint; readonly reason: string }[];
  /** Why not everything was sent. */
  error: Error | undefined;
  /** The records that the broker may still ack. */
  underWay: { readonly ids: readonly bigint[]; readonly settled: Promise<void> } | undefined;
}

/**
 * Sends the records of one channel, in order. If the broker refuses them, sends each half of them, until the record that it
 * will never take stands alone. Never rejects.
 */
export async function send(
  { broker, topic, log }: SendOptions,
  records: readonly PendingRecord[],
): Promise<SendResult> {
  const result: SendResult = { acked: [], refused: [], error: undefined, underWay: undefined };
  const deadline = Date.now() + MAX_SENDING_MS;
  try {
    await bisect(records, {
      async run(some) {
        await broker.publish(topic, some.map(stamped), deadline - Date.now());
        for (const { id } of some) result.acked.push(id);
      },
      afterFailure(error, some) {
        if (!(error instanceof PublishError)) throw error;
        if (error.underWay !== undefined) {
          result.underWay = { ids: some.map(({ id }) => id), settled: error.underWay };
        }
        if (!error.isRefused) throw error;
        const [first, ...others] = some;
        if (first === undefined || others.length > 0) return 'halve';
        const fields = { topic, stream: first.stream, sequence: String(first.id) };
        log.error(fields, parkedSentence(encodedSize(first.record), error.message));
        result.refused.push({ id: first.id, reason: error.message });
        return 'give up';
      },
    });
  } catch (error) {
    result.error = error instanceof Error ? error : new Error(String(error));
  }
  return result;
}

/**
 * Returns the log line of a record that is parked. A higher limit of its topic does not help a record above the limit of the
 * service: it has a code of its own.
 *
 * @param reason the rest of a sentence whose subject is the record.
 */
export function parkedSentence(bytes: number, reason: string): string {
  return bytes > MAX_RECORD_BYTES
    ? sentence('RECORD_TOO_LARGE', `A record can never be sent: ${reason}`)
    : sentence('RECORD_PARKED', `The broker refuses a record: ${reason}`);
}

/** By channel, which of the headers that are set on sending the contract has for its messages. */
const stamps = new Map<string, { readonly id: boolean; readonly sequence: boolean }>(
  channels.map((channel) => {
    const headers: readonly string[] = channel.headers;
    return [channel.name, { id: headers.includes('MESSAGE_ID'), sequence: headers.includes('SEQUENCE') }];
  }),
);

function stamped({ channel, id, messageId, record }: PendingRecord): ProducedRecord {
  // A record without its MESSAGE_ID and SEQUENCE must never be sent.
  const stamp = mustExist(stamps.get(channel), `channel ${channel} of the contract`);
  return {
    ...record,
    headers: {
      ...record.headers,
      ...(stamp.id && { MESSAGE_ID: messageId }),
      ...(stamp.sequence && { SEQUENCE: String(id) }),
    },
  };
}
