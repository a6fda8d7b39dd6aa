import type { Logger } from 'pino';
import { channels } from '../../generated/contract/channels.ts';
import type { ProducedRecord } from '../../generated/contract/record.ts';
import { sentence } from '../errors.ts';
import type { PendingRecord } from '../store/outbox.ts';
import { PublishError } from '../transport/broker.ts';
import type { Broker } from '../transport/broker.ts';

/** Milliseconds that one claim may send for: below the server's limit for an idle transaction (10 s). */
const SENDING_TIME = 8_000;

export interface SendOptions {
  readonly broker: Pick<Broker, 'publish' | 'throttledMs'>;
  readonly topic: string;
  readonly log: Logger;
}

/** What became of a send: each record is acked, refused for what it is, or still to be sent. */
export interface Outcome {
  readonly acked: bigint[];
  readonly refused: { readonly id: bigint; readonly reason: string }[];
  /** Why not everything was sent. */
  failure: Error | undefined;
  /** What the broker may still ack. */
  underWay: { readonly ids: readonly bigint[]; readonly settled: Promise<void> } | undefined;
}

/** Sends the records of one channel, in order. Never rejects. */
export async function send(options: SendOptions, records: readonly PendingRecord[]): Promise<Outcome> {
  const outcome: Outcome = { acked: [], refused: [], failure: undefined, underWay: undefined };
  const deadline = Date.now() + SENDING_TIME;
  try {
    if (records.length > 0) await sendSome(options, records, outcome, deadline);
  } catch (error) {
    outcome.failure = error instanceof Error ? error : new Error(String(error));
  }
  return outcome;
}

/** Where the broker refuses, by halves and in order, until the record it will never take stands alone. */
async function sendSome(
  options: SendOptions,
  records: readonly PendingRecord[],
  outcome: Outcome,
  deadline: number,
): Promise<void> {
  const { broker, topic, log } = options;
  const ids = records.map(({ id }) => id);
  try {
    await broker.publish(topic, records.map(stamped), deadline - Date.now());
    for (const id of ids) outcome.acked.push(id);
  } catch (error) {
    if (!(error instanceof PublishError)) throw error;
    if (error.underWay !== undefined) outcome.underWay = { ids, settled: error.underWay };
    if (!error.isRefused) throw error;
    const [first] = records;
    if (records.length === 1 && first !== undefined) {
      const what = `A record can never be sent: ${error.message}`;
      log.error({ topic, stream: first.stream, sequence: String(first.id) }, sentence('RECORD_PARKED', what));
      outcome.refused.push({ id: first.id, reason: error.message });
      return;
    }
    const half = Math.ceil(records.length / 2);
    await sendSome(options, records.slice(0, half), outcome, deadline);
    await sendSome(options, records.slice(half), outcome, deadline);
  }
}

/** The headers that are known only now, per channel: the contract says which messages carry them. */
const stamps = new Map<string, { readonly id: boolean; readonly sequence: boolean }>(
  channels.map((channel) => {
    const headers: readonly string[] = channel.headers;
    return [channel.name, { id: headers.includes('MESSAGE_ID'), sequence: headers.includes('SEQUENCE') }];
  }),
);

function stamped({ channel, id, messageId, record }: PendingRecord): ProducedRecord {
  const stamp = stamps.get(channel);
  return {
    ...record,
    headers: {
      ...record.headers,
      ...(stamp?.id === true && { MESSAGE_ID: messageId }),
      ...(stamp?.sequence === true && { SEQUENCE: String(id) }),
    },
  };
}
