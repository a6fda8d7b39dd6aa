import { sentence } from '../errors.ts';
import type { Need } from '../reference/facts.ts';
import { Backoff, messageOf } from '../waiting.ts';
import { decode } from './batch.ts';
import type { BatchContext } from './batch.ts';
import type { Entry, Lane } from './lane.ts';

/**
 * Records that are looked at ahead of their turn, an equal share of each lane: those of the batch that is applied, and
 * those of the next one. All that is under way lives on the heap meanwhile.
 */
const AHEAD = 2_000;

export interface FetchingOptions extends Pick<BatchContext, 'handlers' | 'references'> {
  /** Whether it is still the lane of its partition. */
  has(lane: Lane): boolean;
  /** Told when a lane may go on. */
  arrived(): void;
  /** Told why facts cannot be had, or undefined when they can. */
  health(reason: string | undefined): void;
  readonly stop: AbortSignal;
}

/**
 * Fetches what messages have to know of other services, outside of any transaction, while their lane waits and the others
 * go on. What they will surely ask is fetched ahead of their turn.
 */
export class Fetching {
  readonly #options: FetchingOptions;
  /** Why lanes wait. */
  readonly #troubles = new Map<Lane, string>();

  constructor(options: FetchingOptions) {
    this.#options = options;
  }

  /** Starts to fetch what the lanes wait for, and what they are about to ask. */
  look(lanes: readonly Lane[]): void {
    const waiting = lanes.filter(({ head }) => head !== undefined);
    const ahead = Math.ceil(AHEAD / waiting.length);
    for (const lane of waiting) {
      const { head } = lane;
      if (head?.isFetching === false && head.lacks !== undefined) {
        void this.#fetch(lane, head, head.lacks);
        for (const entry of lane.next(ahead)) {
          if (!entry.isFetching && entry.lacks !== undefined) this.#fetchOnce(entry, entry.lacks);
        }
      } else if (!this.#troubles.has(lane)) this.#lookAhead(lane, ahead);
    }
  }

  /** Tries until it is known: an outage of another service is waited out. */
  async #fetch(lane: Lane, entry: Entry, needs: readonly Need[]): Promise<void> {
    const { stop, has, arrived } = this.#options;
    entry.isFetching = true;
    entry.rounds += 1;
    const backoff = new Backoff();
    while (has(lane) && !stop.aborted) {
      try {
        await entry.facts?.fetch(needs);
        break;
      } catch (error) {
        this.#troubled(lane, messageOf(error));
        await backoff.wait(stop);
      }
    }
    entry.lacks = undefined;
    entry.isFetching = false;
    // What could not be fetched ahead meanwhile can be now.
    if (this.#troubles.has(lane)) lane.lookAgain();
    this.#troubled(lane, undefined);
    arrived();
  }

  #lookAhead(lane: Lane, count: number): void {
    for (const entry of lane.ahead(count)) {
      const decoded = decode(this.#options, lane, entry);
      if (decoded.kind !== 'task' || decoded.foreseen.length === 0) continue;
      const lacking = entry.facts?.lacking(decoded.foreseen) ?? [];
      if (lacking.length > 0) this.#fetchOnce(entry, lacking);
    }
  }

  /** Where it fails, the rule says what it needs when its turn comes. */
  #fetchOnce(entry: Entry, needs: readonly Need[]): void {
    entry.isFetching = true;
    void entry.facts
      ?.fetch(needs)
      .catch(() => undefined)
      .finally(() => {
        entry.lacks = undefined;
        entry.isFetching = false;
        this.#options.arrived();
      });
  }

  #troubled(lane: Lane, why: string | undefined): void {
    if (why === undefined) this.#troubles.delete(lane);
    else this.#troubles.set(lane, why);
    const [trouble] = this.#troubles.values();
    this.#options.health(trouble && sentence('REFERENCE_UNREACHABLE', trouble));
  }
}
