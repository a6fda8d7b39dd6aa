import { InvariantError } from '../invariant.ts';
import type { Need } from '../domain/facts.ts';
import { FailedQuestionError, isOutage, outageSentence } from '../reference/source.ts';
import type { ReferenceServiceError } from '../reference/source.ts';
import { Backoff } from '../waiting.ts';
import { decode } from './decode.ts';
import type { DecodeContext } from './decode.ts';
import type { Lane } from './lane.ts';
import type { QueuedRecord } from './queued-record.ts';

/**
 * Records whose facts are prefetched, an equal share of each lane: those of the batch that is applied, and those of the
 * next one. All that is fetched for them lives on the heap meanwhile.
 */
const MAX_PREFETCHED = 2_000;
/**
 * The prefetches that may be in flight, an equal share of each lane: enough to keep a client busy, and so few that what a lane
 * waits for is never queued behind thousands of requests to a service that hangs.
 */
const MAX_IN_FLIGHT = 256;

export interface FetchingOptions extends DecodeContext {
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
  readonly #outages = new Map<Lane, { readonly queued: QueuedRecord; readonly error: unknown }>();

  constructor(options: FetchingOptions) {
    this.#options = options;
  }

  /** Starts to fetch what the lanes wait for, and to prefetch what their next records need. */
  start(lanes: readonly Lane[]): void {
    this.#lanes = lanes.filter(({ head }) => head !== undefined);
    for (const [lane, { queued }] of this.#outages) if (lane.head !== queued) this.#outages.delete(lane);
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
   * Fetches the facts that a blocked record needs. Retries until each is known or given up: an outage of another service is
   * waited out. A question that was answered is not asked again.
   */
  async #fetch(lane: Lane, queued: QueuedRecord): Promise<void> {
    const { stop, has, arrived } = this.#options;
    const needs = queued.startFetch();
    const backoff = new Backoff();
    while (has(lane) && !stop.aborted) {
      try {
        await queued.facts.fetch(queued.facts.missing(needs));
        break;
      } catch (error) {
        this.#noteFailure(lane, queued, error);
        if (error instanceof FailedQuestionError) this.#askAnother(lane);
        await backoff.wait(stop);
      }
    }
    queued.endFetch();
    // Facts that failed to be prefetched may be answered now.
    for (const other of lane.first(MAX_PREFETCHED)) if (other.state === 'prefetch failed') other.allowPrefetch();
    lane.resetPrefetch();
    this.#outages.delete(lane);
    this.#report();
    arrived();
  }

  /**
   * Retries the prefetch of one record for which it failed. Only an answer to another question shows that the service works
   * and fails at one question, and this lane may be the only one that asks another question.
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
        const queued = lane.nextToPrefetch(window);
        if (queued === undefined) break;
        const needs = this.#toPrefetch(lane, queued);
        if (needs.length === 0) continue;
        void this.#prefetchOne(lane, queued, needs);
        left -= 1;
      }
    }
  }

  /** Returns what the record will need and is not known. */
  #toPrefetch(lane: Lane, queued: QueuedRecord): readonly Need[] {
    decode(this.#options, lane, queued);
    return queued.state === 'ready' ? queued.facts.toPrefetch(queued.expectedFacts) : [];
  }

  /** Asks once. If that fails, its rule asks when the record is applied: it may need less. */
  async #prefetchOne(lane: Lane, queued: QueuedRecord, needs: readonly Need[]): Promise<void> {
    const { has, arrived } = this.#options;
    queued.startPrefetch();
    this.#setInFlight(lane, this.#countInFlight(lane) + 1);
    try {
      await queued.facts.fetch(needs);
      queued.endPrefetch('fetched');
    } catch (error) {
      queued.endPrefetch('failed');
      if (lane.head === queued && has(lane)) this.#noteFailure(lane, queued, error);
    }
    this.#setInFlight(lane, this.#countInFlight(lane) - 1);
    this.#prefetch();
    arrived();
  }

  /** A lane that is not in the map prefetches nothing. */
  #countInFlight(lane: Lane): number {
    return this.#inFlight.get(lane) ?? 0;
  }

  #setInFlight(lane: Lane, count: number): void {
    if (count < 0) throw new InvariantError('more prefetches have ended than begun');
    if (count === 0) this.#inFlight.delete(lane);
    else this.#inFlight.set(lane, count);
  }

  /** A single question that fails holds its lane for a while and is no outage: facts of the next records are prefetched. */
  #noteFailure(lane: Lane, queued: QueuedRecord, error: unknown): void {
    if (isOutage(error)) this.#outages.set(lane, { queued, error });
    else this.#outages.delete(lane);
    this.#report();
  }

  #report(): void {
    const [waitedFor] = this.#outages.values();
    const error = waitedFor === undefined ? this.#options.outage() : waitedFor.error;
    this.#options.health(error === undefined ? undefined : outageSentence(error), error);
  }
}
