import { LRUCache } from 'lru-cache';
import type { MonotonicClock } from './cache.ts';
import type { ReferenceServiceError, Verdict } from './source.ts';

const MAX_FAILED_QUESTIONS = 10_000;
/**
 * A question that was given up, and was not answered since, is remembered for so long: each record that asks it again would
 * hold its lane for as long as the first one did.
 */
const FAILED_QUESTION_MEMORY_MS = 5 * 60_000;
/**
 * Whoever waits for an answer asks again sooner, also one behind a question that holds its lane until it is given up. A
 * question that nobody asked for longer, and that was not given up, may have healed meanwhile: a failure now and one some
 * minutes ago do not make it one that has failed since then.
 */
const MAX_PAUSE_MS = 60_000;
/** An outage that nobody has met for so long may be over. */
const OUTAGE_MEMORY_MS = 30_000;

/** A question that fails; times as the clock has them. */
interface FailedQuestion {
  readonly since: number;
  readonly failedAt: number;
  readonly isGivenUp: boolean;
}

/** What the answers of one service say of its health. */
export class ServiceState {
  readonly #maxQuestionRetryMs: number;
  readonly #clock: MonotonicClock;
  /** By its key. */
  readonly #failedQuestions: LRUCache<string, FailedQuestion>;
  #answeredAt = -Infinity;
  /** When the first of the requests was sent that the service has not answered at all; undefined since it answers. */
  #awaySince: number | undefined;
  #outage: { readonly error: ReferenceServiceError; readonly at: number } | undefined;

  constructor(maxQuestionRetryMs: number, clock: MonotonicClock) {
    this.#maxQuestionRetryMs = maxQuestionRetryMs;
    this.#clock = clock;
    this.#failedQuestions = new LRUCache({
      max: MAX_FAILED_QUESTIONS,
      ttl: FAILED_QUESTION_MEMORY_MS,
      ttlResolution: 0,
      perf: clock,
    });
  }

  /** Notes a fact, or that there is none. */
  noteAnswer(question: string): void {
    this.#answeredAt = this.#clock.now();
    this.#failedQuestions.delete(question);
    this.#awaySince = undefined;
    this.#outage = undefined;
  }

  /** Notes that a question, first sent at `sentAt`, was answered with an error in all tries. @returns what follows. */
  noteFailure(question: string, sentAt: number): Verdict {
    const now = this.#clock.now();
    const before = this.#failedQuestions.get(question);
    const goesOn = before !== undefined && (before.isGivenUp || now - before.failedAt <= MAX_PAUSE_MS);
    const since = goesOn ? before.since : sentAt;
    const verdict = this.#verdict(now, since);
    this.#failedQuestions.set(question, { since, failedAt: now, isGivenUp: verdict === 'give up' });
    this.#awaySince = undefined;
    this.#outage = undefined;
    return verdict;
  }

  #verdict(now: number, since: number): Verdict {
    if (now - since < this.#maxQuestionRetryMs) return 'ask again';
    return this.#answeredAt >= since ? 'give up' : 'outage';
  }

  /** Notes that a request that was sent at `sentAt` got no usable answer. */
  noteNoAnswer(question: string, sentAt: number): void {
    this.#awaySince ??= sentAt;
    this.#failedQuestions.delete(question);
  }

  /** Notes what an outage was reported as. */
  noteOutage(error: ReferenceServiceError): void {
    this.#outage = { error, at: this.#clock.now() };
  }

  /** Returns whether the service has answered nothing at all for so long, although it was asked. */
  hasBeenAwayFor(ms: number): boolean {
    return this.#awaySince !== undefined && this.#clock.now() - this.#awaySince >= ms;
  }

  /** The outage that the service is in, as far as it is known. */
  get outage(): ReferenceServiceError | undefined {
    const { error, at } = this.#outage ?? { error: undefined, at: 0 };
    return this.#clock.now() - at < OUTAGE_MEMORY_MS ? error : undefined;
  }
}
