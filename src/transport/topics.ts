import { sentence } from '../errors.ts';
import { noticeLate, regularly } from '../waiting.ts';
import type { Broker } from './broker.ts';
import { brokerFault } from './connection-fault.ts';

const CHECK_INTERVAL_MS = 2_000;
/** A broker that does not answer for so long is reported; kafkajs continues to try for half a minute. */
export const MAX_ANSWER_MS = 5_000;

export interface WatchBrokerOptions {
  readonly broker: Pick<Broker, 'missingTopics' | 'hiddenTopics'>;
  readonly topics: readonly string[];
  /** Takes why the broker does not answer; undefined if it does. */
  brokerHealth(reason: string | undefined, cause?: unknown): void;
  /** Takes which topics are missing; undefined if none is. Not called while the broker does not answer. */
  topicsHealth(reason: string | undefined): void;
}

/**
 * Checks regularly that the broker answers and that all topics exist. Nothing waits for that: each topic is used as soon as it
 * exists. Without it an idle service would notice a broker that hangs only after the 40 s that kafkajs takes to give up a
 * fetch.
 *
 * @returns a function that ends the checks, without waiting for one that is running.
 */
export function watchBroker({ broker, topics, brokerHealth, topicsHealth }: WatchBrokerOptions): () => void {
  const stopping = new AbortController();
  void regularly(CHECK_INTERVAL_MS, stopping.signal, async () => {
    const late = () => {
      brokerHealth(sentence('BROKER_UNREACHABLE', 'The broker does not answer'));
    };
    try {
      await noticeLate(MAX_ANSWER_MS, late, async () => {
        const missing = await broker.missingTopics(topics);
        brokerHealth(undefined);
        topicsHealth(missing.length === 0 ? undefined : await missingReason(broker, missing));
      });
    } catch (error) {
      const { code, what } = brokerFault(error);
      brokerHealth(sentence(code, what), error);
    }
  });
  return () => {
    stopping.abort();
  };
}

/**
 * Returns why topics are not in the list of those that exist.
 *
 * @param what is wrong if they do not exist.
 */
export async function missingReason(
  broker: Pick<Broker, 'hiddenTopics'>,
  missing: readonly string[],
  what = `Topics are missing: ${missing.join(', ')}`,
): Promise<string> {
  const hidden = await broker.hiddenTopics(missing);
  if (hidden.length === 0) return sentence('TOPICS_MISSING', what);
  return sentence('BROKER_RIGHTS_MISSING', `The broker refuses the service a right to topics: ${hidden.join(', ')}`);
}
