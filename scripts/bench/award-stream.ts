import { setTimeout as sleep } from 'node:timers/promises';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { kafkaClient } from '../kafka/client.ts';
import { amountOf, toRecord, transactionIdOf } from './award-workload.ts';
import type { Award } from './award-workload.ts';
import { randomOf } from './random.ts';
import type { Bench } from './scenario.ts';
import { messageOf } from './topics.ts';
import type { Topics } from './topics.ts';

const SEND_INTERVAL_MS = 20;

export interface AwardStream {
  /** In the order in which they were sent. */
  readonly sent: readonly Award[];
  /** Ends the stream. */
  stop(): Promise<void>;
  /** Awards sent a second until it was stopped. */
  readonly rate: number;
}

/**
 * Sends awards at a constant rate until it is stopped, each to a random pet of a fixed seed.
 *
 * @param rate awards a second.
 * @param pets the number of pets; their ids start at 1.
 */
export async function streamAwards(
  { brokers }: Bench,
  topics: Topics,
  { rate, pets, tenantOf }: { rate: number; pets: number; tenantOf: (petId: number) => string },
): Promise<AwardStream> {
  const producer = kafkaClient(brokers).producer();
  await producer.connect();
  const random = randomOf(20_261_125);
  const sent: Award[] = [];
  const started = performance.now();
  let seconds = NaN;
  const stopping = new AbortController();
  const done = (async () => {
    while (!stopping.signal.aborted) {
      const due = Math.floor(((performance.now() - started) / 1_000) * rate);
      const newAwards = Array.from({ length: due - sent.length }, (_, at) => {
        const petId = 1 + Math.floor(random() * pets);
        const transactionId = transactionIdOf(sent.length + at);
        return { petId, amount: amountOf(random), transactionId, tenantId: tenantOf(petId) };
      });
      sent.push(...newAwards);
      const messages = newAwards.map((one) => messageOf(toRecord(one)));
      if (messages.length > 0) await producer.send({ topic: topics.of(petCommand), messages });
      await sleep(SEND_INTERVAL_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    sent,
    get rate() {
      return sent.length / seconds;
    },
    async stop() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      await done;
      seconds = (performance.now() - started) / 1_000;
      await producer.disconnect();
    },
  };
}
