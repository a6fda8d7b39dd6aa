import { sentence } from '../errors.ts';
import type { Need } from '../reference/facts.ts';
import { Backoff } from '../waiting.ts';
import { decode } from './effect.ts';
import type { EffectContext } from './effect.ts';
import type { Entry, Lane } from './lane.ts';

/**
 * Records that are looked at ahead of their turn, an equal share of each lane: those of the batch that is applied, and
 * those of the next one. All that is fetched for them lives on the heap meanwhile.
 */
const AHEAD = 2_000;
/**
 * Of these so many may be under way, an equal share of each lane: enough to keep a client busy, and so few that what a
 * lane waits for never stands behind thousands of requests to a service that hangs.
 */
const UNDER_WAY = 256;

export interface FetchingOptions extends Pick<EffectContext, 'handlers' | 'references' | 'forwardedHeaders'> {
  /** Whether it is still the lane of its partition. */
  has(lane: Lane): boolean;
  /** Told when a lane may go on. */
  arrived(): void;
  /** Told why facts cannot be had, or undefined when they can. */
  health(reason: string | undefined, cause?: unknown): void;
  readonly stop: AbortSignal;
}

/**
 * Fetches what messages have to know of other services, outside of any transaction, while their lane waits and the others
 * go on. What they will surely ask is fetched ahead of their turn.
 */
export class Fetching {
  readonly #options: FetchingOptions;
  #lanes: readonly Lane[] = [];
  /** How much is under way ahead of its turn. */
  readonly #underWay = new Map<Lane, number>();
  /** Why lanes wait, and before which record. */
  readonly #troubles = new Map<Lane, { readonly entry: Entry; readonly error: unknown }>();

  constructor(options: FetchingOptions) {
    this.#options = options;
  }

  /** Starts to fetch what the lanes wait for, and what they are about to ask. */
  look(lanes: readonly Lane[]): void {
    this.#lanes = lanes.filter(({ head }) => head !== undefined);
    for (const [lane, { entry }] of this.#troubles) if (lane.head !== entry) this.#relieved(lane);
    for (const lane of this.#lanes) {
      const { head } = lane;
      if (head?.lacks === undefined || head.isFetching) continue;
      void this.#fetch(lane, head, head.lacks);
      // What those behind it will lack was foreseen anew.
      lane.lookAgain();
    }
    this.#lookAhead();
  }

  /** Tries until it is known: an outage of another service is waited out. A question is never asked twice for a message. */
  async #fetch(lane: Lane, entry: Entry, needs: readonly Need[]): Promise<void> {
    const { stop, has, arrived } = this.#options;
    entry.isFetching = true;
    const backoff = new Backoff();
    while (has(lane) && !stop.aborted) {
      try {
        await entry.facts?.fetch(entry.facts.lacking(needs));
        break;
      } catch (error) {
        this.#troubled(lane, entry, error);
        await backoff.wait(stop);
      }
    }
    entry.lacks = undefined;
    entry.isFetching = false;
    // What was asked in vain meanwhile may be answered now.
    for (const other of lane.next(AHEAD)) other.wasAskedInVain = false;
    lane.lookAgain();
    this.#relieved(lane);
    arrived();
  }

  #lookAhead(): void {
    const window = Math.ceil(AHEAD / this.#lanes.length);
    const most = Math.ceil(UNDER_WAY / this.#lanes.length);
    for (const lane of this.#lanes) {
      if (this.#troubles.has(lane)) continue;
      for (let left = most - (this.#underWay.get(lane) ?? 0); left > 0;) {
        const entry = lane.ahead(window);
        if (entry === undefined) break;
        const needs = this.#toAsk(lane, entry);
        if (needs.length === 0) continue;
        void this.#fetchOnce(lane, entry, needs);
        left -= 1;
      }
    }
  }

  /** What is foreseen of it and not known. */
  #toAsk(lane: Lane, entry: Entry): readonly Need[] {
    if (entry.isFetching || entry.wasAskedInVain) return [];
    decode(this.#options, lane, entry);
    return entry.facts?.lacking(entry.foreseen) ?? [];
  }

  /** Where it fails, its rule says what it needs when its turn comes: that may be less. */
  async #fetchOnce(lane: Lane, entry: Entry, needs: readonly Need[]): Promise<void> {
    const { has, arrived } = this.#options;
    entry.isFetching = true;
    this.#underWay.set(lane, (this.#underWay.get(lane) ?? 0) + 1);
    try {
      await entry.facts?.fetch(needs);
    } catch (error) {
      entry.wasAskedInVain = true;
      if (lane.head === entry && has(lane)) this.#troubled(lane, entry, error);
    }
    entry.isFetching = false;
    const left = (this.#underWay.get(lane) ?? 1) - 1;
    if (left > 0) this.#underWay.set(lane, left);
    else this.#underWay.delete(lane);
    this.#lookAhead();
    arrived();
  }

  #troubled(lane: Lane, entry: Entry, error: unknown): void {
    this.#troubles.set(lane, { entry, error });
    this.#report();
  }

  #relieved(lane: Lane): void {
    this.#troubles.delete(lane);
    this.#report();
  }

  #report(): void {
    const [trouble] = this.#troubles.values();
    const what = 'Another service cannot be asked';
    this.#options.health(trouble && sentence('REFERENCE_UNREACHABLE', what), trouble?.error);
  }
}
