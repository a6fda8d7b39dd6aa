import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';

/** How long anything may take that is waited for, in milliseconds. */
export const PATIENCE = 10_000;

const SAME_INTERVAL = 'set HUNGER_INTERVAL_MS as the service has it (180000 by default), or see /readyz';

/** What comes back on the topics, as it arrives. */
export class Answers {
  readonly #records: TopicRecord[] = [];
  #arrived = Promise.withResolvers<undefined>();

  take(records: readonly TopicRecord[]): void {
    this.#records.push(...records);
    this.#arrived.resolve(undefined);
    this.#arrived = Promise.withResolvers();
  }

  /** The answers of one trace, once the last of them is there. @throws when that takes longer than 10 s. */
  async of(traceparent: string, last: string): Promise<TopicRecord[]> {
    const isLast = (record: TopicRecord) => [last, 'REJECTED'].includes(nameOf(record));
    await this.#until((record) => traceOf(record) === traceparent && isLast(record), `${last} did not come back`);
    return this.#records.filter((record) => traceOf(record) === traceparent);
  }

  /**
   * What comes of itself: the events of an owner that have one trace, once the one that is waited for is among them.
   *
   * @param patience milliseconds.
   * @throws when that takes longer.
   */
  async among(ownerId: number, isIt: (record: TopicRecord) => boolean, patience: number): Promise<TopicRecord[]> {
    const trace = traceOf(await this.#until(isIt, 'what was to come of itself did not come', patience, SAME_INTERVAL));
    return this.#records.filter((record) => traceOf(record) === trace && ownerOf(record) === ownerId);
  }

  async #until(
    isIt: (record: TopicRecord) => boolean,
    otherwise: string,
    patience = PATIENCE,
    advice = 'is the service ready (/readyz)?',
  ): Promise<TopicRecord> {
    const late = sleep(patience, 'late' as const, { ref: false });
    for (;;) {
      const found = this.#records.find(isIt);
      if (found !== undefined) return found;
      if ((await Promise.race([this.#arrived.promise, late])) === 'late') {
        throw new Error(`${otherwise} within ${String(patience / 1000)} s: ${advice}`);
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

/** A message's type; a dead letter has none of its own. */
export function nameOf({ headers, value }: TopicRecord): string {
  if (headers['DEAD_LETTER_REASON'] !== undefined) return 'DEAD_LETTER';
  return (JSON.parse(value?.toString() ?? '') as { type: string }).type;
}
