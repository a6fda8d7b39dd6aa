import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';

/** Every step may take so long. */
export const MAX_WAIT_MS = 10_000;

const SAME_INTERVAL = 'set HUNGER_INTERVAL_MS as the service has it (180000 by default), or see /readyz';

/** Collects the records of the topics as they arrive. */
export class Answers {
  readonly #records: TopicRecord[] = [];
  #arrived = Promise.withResolvers<undefined>();

  take(records: readonly TopicRecord[]): void {
    this.#records.push(...records);
    this.#arrived.resolve(undefined);
    this.#arrived = Promise.withResolvers();
  }

  /** Returns the records of one trace, once the last of them has arrived. @throws if that takes longer than 10 s. */
  async of(traceparent: string, last: string): Promise<TopicRecord[]> {
    const isLast = (record: TopicRecord) => [last, 'REJECTED'].includes(nameOf(record));
    await this.#until((record) => traceOf(record) === traceparent && isLast(record), `${last} did not come back`);
    return this.#records.filter((record) => traceOf(record) === traceparent);
  }

  /**
   * Returns the events of an owner that nothing asked for: those with the trace of the awaited one, once that has arrived.
   *
   * @throws if that takes longer than `maxWaitMs`.
   */
  async among(ownerId: number, isIt: (record: TopicRecord) => boolean, maxWaitMs: number): Promise<TopicRecord[]> {
    const trace = traceOf(await this.#until(isIt, 'the expected event did not come', maxWaitMs, SAME_INTERVAL));
    return this.#records.filter((record) => traceOf(record) === trace && ownerOf(record) === ownerId);
  }

  async #until(
    isIt: (record: TopicRecord) => boolean,
    otherwise: string,
    maxWaitMs = MAX_WAIT_MS,
    advice = 'is the service ready (/readyz)?',
  ): Promise<TopicRecord> {
    const late = sleep(maxWaitMs, 'late' as const, { ref: false });
    for (;;) {
      const found = this.#records.find(isIt);
      if (found !== undefined) return found;
      if ((await Promise.race([this.#arrived.promise, late])) === 'late') {
        throw new Error(`${otherwise} within ${String(maxWaitMs / 1000)} s: ${advice}`);
      }
    }
  }
}

function traceOf({ headers }: TopicRecord): string | undefined {
  return headers['traceparent']?.toString();
}

function ownerOf({ value }: TopicRecord): unknown {
  return (JSON.parse(value?.toString() ?? '') as { ownerId?: unknown }).ownerId;
}

/** Returns the type of a message; a dead letter has none of its own. */
export function nameOf({ headers, value }: TopicRecord): string {
  if (headers['DEAD_LETTER_REASON'] !== undefined) return 'DEAD_LETTER';
  return (JSON.parse(value?.toString() ?? '') as { type: string }).type;
}
