import { partitionKey } from '../keys.ts';
import type { Logger } from '../log.ts';
import { outageOf } from '../outage.ts';
import { Backoff } from '../waiting.ts';
import type { Assignment } from '../transport/broker.ts';
import { findStarts } from './start.ts';
import type { StartPosition, Start, StartContext } from './start.ts';

/** A partition that must not be read is looked at again this often, in milliseconds: the operator may have mended it. */
const LOOK_AGAIN_AFTER = 5_000;

export interface PlacementOptions extends StartContext {
  /** Lets a partition flow from its place. */
  open(place: StartPosition): void;
  /** Takes why partitions must not be read, or undefined when all may. @returns whether it was logged. */
  health(reason: string | undefined, cause?: unknown): boolean;
  /** Notes that a partition's trouble is logged. @returns whether it was not logged before, in any assignment. */
  isNews(partition: string): boolean;
  readonly stop: AbortSignal;
  readonly log: Logger;
}

/** A partition that must not be read, with what its row holds. */
type Refused = Assignment & Pick<StartPosition, 'next' | 'lastApplied'>;

/** Settles where the partitions of one assignment start, and keeps those paused that must not be read. */
export class Placement {
  readonly #options: PlacementOptions;
  readonly #problems = new Map<string, string>();
  /** What the rows held of partitions whose log is another one or damaged: refused until the row is moved. */
  readonly #refused = new Map<string, Refused>();
  #isOver = false;

  constructor(options: PlacementOptions) {
    this.#options = options;
  }

  /** A newer assignment has come: what this one still finds out is void. */
  end(): void {
    this.#isOver = true;
  }

  /** Reads where these partitions start, and opens those that may be read; tries until it can be read. */
  async place(partitions: readonly Assignment[]): Promise<void> {
    const { stop } = this.#options;
    const backoff = new Backoff();
    while (!this.#isOver && !stop.aborted) {
      try {
        const starts = await findStarts(this.#options, partitions);
        this.#settle(starts);
        return;
      } catch (error) {
        this.#report(...outageOf('OFFSETS_UNREADABLE', 'Start offsets cannot be read', error));
        await backoff.wait(stop);
      }
    }
  }

  /** Keeps a partition from being read until its row is moved. */
  refuse(row: Refused, problem: string): void {
    this.#refused.set(partitionKey(row), row);
    const { topic, partition } = row;
    this.#trouble([{ topic, partition, problem }]);
  }

  #settle(starts: readonly Start[]): void {
    if (this.#isOver) return;
    const troubled = [];
    for (const start of starts) {
      const name = partitionKey(start);
      if ('problem' in start) troubled.push(start);
      else if (isSame(this.#refused.get(name), start)) {
        troubled.push({ ...start, problem: this.#problems.get(name) ?? '' });
      } else {
        this.#refused.delete(name);
        this.#problems.delete(name);
        this.#options.open(start);
      }
    }
    this.#trouble(troubled);
  }

  /** @returns whether it was logged. */
  #report(reason: string | undefined, cause?: unknown): boolean {
    return !this.#isOver && this.#options.health(reason, cause);
  }

  #trouble(troubled: readonly (Assignment & { readonly problem: string })[]): void {
    const { isNews, log } = this.#options;
    for (const start of troubled) this.#problems.set(partitionKey(start), start.problem);
    const problems = [...this.#problems].map(([name, problem]) => `${name}: ${problem}`);
    const isLogged = this.#report(problems.length === 0 ? undefined : problems.join('; '));
    for (const start of this.#isOver ? [] : troubled) {
      const partition = partitionKey(start);
      const isNew = isNews(partition);
      // The outage has begun with another one, perhaps in an assignment before this one.
      if (isNew && !isLogged) log.warn({ partition, reason: start.problem }, 'another partition must not be read');
    }
    if (troubled.length === 0) return;
    setTimeout(() => {
      void this.place(troubled);
    }, LOOK_AGAIN_AFTER).unref();
  }
}

function isSame(one: Refused | undefined, other: StartPosition): boolean {
  return one?.next === other.next && one.lastApplied?.timestamp === other.lastApplied?.timestamp;
}
