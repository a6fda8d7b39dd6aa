import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicRecord } from '../kafka/read-topics.ts';

/** How long anything may take that is waited for, in milliseconds. */
export const PATIENCE = 10_000;

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
    const late = sleep(PATIENCE, 'late' as const, { ref: false });
    for (;;) {
      const answers = this.#records.filter(({ headers }) => headers['traceparent']?.toString() === traceparent);
      const names = answers.map(nameOf);
      if (names.includes(last) || names.includes('REJECTED')) return answers;
      if ((await Promise.race([this.#arrived.promise, late])) === 'late') {
        throw new Error(
          `${last} did not come back within ${String(PATIENCE / 1000)} s: is the service ready (/readyz)?`,
        );
      }
    }
  }
}

/** A message's type; a dead letter has none of its own. */
export function nameOf({ headers, value }: TopicRecord): string {
  if (headers['DEAD_LETTER_REASON'] !== undefined) return 'DEAD_LETTER';
  return (JSON.parse(value?.toString() ?? '') as { type: string }).type;
}
