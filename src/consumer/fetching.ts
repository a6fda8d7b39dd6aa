import { InvariantError } from '../invariant.ts';
import type { Need } from '../reference/facts.ts';
import { FailedQuestionError, isOutage, outageSentence } from '../reference/source.ts';
import type { ReferenceServiceError } from '../reference/source.ts';
import { Backoff } from '../waiting.ts';
import { decode } from './effect.ts';
import type { EffectContext } from './effect.ts';
import type { Lane } from './lane.ts';
import type { QueuedRecord } from './queued-record.ts';

/**
 * Records whose facts are prefetched, an equal share of each lane: those of the batch that is applied, and those of the
 * next one. All that is fetched for them lives on the heap meanwhile.
 */
const MAX_PREFETCHED = 2_000;
/**
 * Of these so many may be in flight, an equal share of each lane: enough to keep a client busy, and so few that what a
 * lane waits for never stands behind thousands of requests to a service that hangs.
 */
const MAX_IN_FLIGHT = 256;

export interface FetchingOptions extends Pick<EffectContext, 'handlers' | 'references' | 'forwardedHeaders'> {
  /** Whether it is still the lane of its partition. */
  has(lane: Lane): boolean;
  /** Called when a lane may go on. */
  arrived(): void;
  /** Returns the outage of a service, whether a lane waits for it or not. */
  outage(): ReferenceServiceError | undefined;
  /** Called with the outage that keeps facts from being fetched and its error, or undefined if there is none. */
  health(reason: string | undefined, cause?: unknown): void;
  readonly stop: AbortSignal;
}

/**
 * Fetches the facts of other services that messages need, outside of any transaction, while their lane waits and the
 * others go on. Facts that a message surely needs are prefetched.
 */
export class Fetching {
  readonly #options: FetchingOptions;
  #lanes: readonly Lane[] = [];
  /** How many records of each lane are being prefetched. */
  readonly #inFlight = new Map<Lane, number>();
  /** The outage that each lane waits for, and before which record. */
  readonly #outages = new Map<Lane, { readonly entry: QueuedRecord; readonly error: unknown }>();

  constructor(options: FetchingOptions) {
    this.#options = options;
  }

  /** Starts to fetch what the lanes wait for, and to prefetch what comes next. */
  look(lanes: readonly Lane[]): void {
    this.#lanes = lanes.filter(({ head }) => head !== undefined);
    for (const [lane, { entry }] of this.#outages) if (lane.head !== entry) this.#outages.delete(lane);
    for (const lane of this.#lanes) {
      const { head } = lane;
      if (head?.state !== 'blocked') continue;
      void this.#fetch(lane, head);
      // The unit of work has found out anew what the records behind it need.
      lane.resetPrefetch();
    }
    this.#prefetch();
    this.#report();
  }

  /**
   * Tries until all is known, or given up: an outage of another service is waited out. No answer is asked for twice.
   */
  async #fetch(lane: Lane, entry: QueuedRecord): Promise<void> {
    const { stop, has, arrived } = this.#options;
    const needs = entry.startFetch();
    const backoff = new Backoff();
    while (has(lane) && !stop.aborted) {
      try {
        await entry.facts.fetch(entry.facts.missing(needs));
        break;
      } catch (error) {
        this.#failed(lane, entry, error);
        if (error instanceof FailedQuestionError) this.#askAnother(lane);
        await backoff.wait(stop);
      }
    }
    entry.endFetch();
    // What failed to be prefetched may be answered now.
    for (const other of lane.first(MAX_PREFETCHED)) if (other.state === 'prefetch failed') other.allowPrefetch();
    lane.resetPrefetch();
    this.#outages.delete(lane);
    this.#report();
    arrived();
  }

  /**
   * Asks again for one of those that failed to be prefetched. Only an answer to another question tells that the service is
   * there and fails at this one alone, and perhaps nobody but this lane asks it.
   */
  #askAnother(lane: Lane): void {
    const failed = lane.first(MAX_PREFETCHED).filter(({ state }) => state === 'prefetch failed');
    const one = failed[Math.floor(Math.random() * failed.length)];
    if (one === undefined) return;
    one.allowPrefetch();
    lane.resetPrefetch();
    this.#prefetch();
  }

  #prefetch(): void {
    const window = Math.ceil(MAX_PREFETCHED / this.#lanes.length);
    const max = Math.ceil(MAX_IN_FLIGHT / this.#lanes.length);
    for (const lane of this.#lanes) {
      const outage = this.#outages.get(lane);
      if (outage !== undefined && !(outage.error instanceof FailedQuestionError)) continue;
      for (let left = max - this.#countInFlight(lane); left > 0;) {
        const entry = lane.nextToPrefetch(window);
        if (entry === undefined) break;
        const needs = this.#toPrefetch(lane, entry);
        if (needs.length === 0) continue;
        void this.#prefetchOne(lane, entry, needs);
        left -= 1;
      }
    }
  }

  /** Returns what the record will need and is not known. */
  #toPrefetch(lane: Lane, entry: QueuedRecord): readonly Need[] {
    decode(this.#options, lane, entry);
    return entry.state === 'ready' ? entry.facts.toPrefetch(entry.expectedFacts) : [];
  }

  /** Asks once. If that fails, its rule says what it needs when its turn comes: that may be less. */
  async #prefetchOne(lane: Lane, entry: QueuedRecord, needs: readonly Need[]): Promise<void> {
    const { has, arrived } = this.#options;
    entry.startPrefetch();
    this.#setInFlight(lane, this.#countInFlight(lane) + 1);
    try {
      await entry.facts.fetch(needs);
      entry.endPrefetch('fetched');
    } catch (error) {
      entry.endPrefetch('failed');
      if (lane.head === entry && has(lane)) this.#failed(lane, entry, error);
    }
    this.#setInFlight(lane, this.#countInFlight(lane) - 1);
    this.#prefetch();
    arrived();
  }

  /** A lane without an entry prefetches nothing. */
  #countInFlight(lane: Lane): number {
    return this.#inFlight.get(lane) ?? 0;
  }

  #setInFlight(lane: Lane, count: number): void {
    if (count < 0) throw new InvariantError('more prefetches have ended than begun');
    if (count === 0) this.#inFlight.delete(lane);
    else this.#inFlight.set(lane, count);
  }

  /** A single question that fails holds its lane for a while, and is no outage: what comes next is prefetched. */
  #failed(lane: Lane, entry: QueuedRecord, error: unknown): void {
    if (isOutage(error)) this.#outages.set(lane, { entry, error });
    else this.#outages.delete(lane);
    this.#report();
  }

  #report(): void {
    const [waitedFor] = this.#outages.values();
    const error = waitedFor === undefined ? this.#options.outage() : waitedFor.error;
    this.#options.health(error === undefined ? undefined : outageSentence(error), error);
  }
}
