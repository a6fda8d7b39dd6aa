import { LRUCache } from 'lru-cache';
import type { MonotonicClock } from './cache.ts';
import type { ReferenceServiceError, FailureVerdict } from './source.ts';

const MAX_FAILED_QUESTIONS = 10_000;
/**
 * A question that was given up is remembered for so long, unless it is answered: otherwise each further record with the same
 * question would block its lane as long as the first one.
 */
const FAILED_QUESTION_MEMORY_MS = 5 * 60_000;
/**
 * A failure continues an earlier one only if less time than this lies between them. Retries come sooner, also for records that
 * wait behind another question. After a longer pause the service may have recovered in between, so that an old failure
 * does not count.
 */
const MAX_PAUSE_MS = 60_000;
/** An outage counts as over if no request has met it for so long. */
const OUTAGE_MEMORY_MS = 30_000;

/** A failing question; its times are those of the clock. */
interface FailedQuestion {
  readonly since: number;
  readonly failedAt: number;
  readonly isGivenUp: boolean;
}

/** The health of one service, derived from its answers. */
export class ServiceState {
  readonly #maxQuestionRetryMs: number;
  readonly #clock: MonotonicClock;
  /** By the key of the request. */
  readonly #failedQuestions: LRUCache<string, FailedQuestion>;
  #answeredAt = -Infinity;
  /** The time of the first request without any answer since the last answer; undefined while the service answers. */
  #silentSince: number | undefined;
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

  /** Notes an answer: a fact, or that there is none. */
  noteAnswer(question: string): void {
    this.#answeredAt = this.#clock.now();
    this.#failedQuestions.delete(question);
    this.#silentSince = undefined;
    this.#outage = undefined;
  }

  /** Notes that all attempts at a question, first sent at `sentAt`, were answered with an error. @returns how to continue. */
  noteFailure(question: string, sentAt: number): FailureVerdict {
    const now = this.#clock.now();
    const before = this.#failedQuestions.get(question);
    const isContinued = before !== undefined && (before.isGivenUp || now - before.failedAt <= MAX_PAUSE_MS);
    const since = isContinued ? before.since : sentAt;
    const verdict = this.#verdict(now, since);
    this.#failedQuestions.set(question, { since, failedAt: now, isGivenUp: verdict === 'give up' });
    this.#silentSince = undefined;
    this.#outage = undefined;
    return verdict;
  }

  #verdict(now: number, since: number): FailureVerdict {
    if (now - since < this.#maxQuestionRetryMs) return 'ask again';
    return this.#answeredAt >= since ? 'give up' : 'outage';
  }

  /** Notes that a request sent at `sentAt` got no usable answer. */
  noteNoAnswer(question: string, sentAt: number): void {
    this.#silentSince ??= sentAt;
    this.#failedQuestions.delete(question);
  }

  /** Notes an outage, with the error that was reported. */
  noteOutage(error: ReferenceServiceError): void {
    this.#outage = { error, at: this.#clock.now() };
  }

  /** Returns whether the service has answered no request for `ms` milliseconds, although it got some. */
  hasBeenAwayFor(ms: number): boolean {
    return this.#silentSince !== undefined && this.#clock.now() - this.#silentSince >= ms;
  }

  /** The current outage of the service; undefined if none is known. */
  get outage(): ReferenceServiceError | undefined {
    const { error, at } = this.#outage ?? { error: undefined, at: 0 };
    return this.#clock.now() - at < OUTAGE_MEMORY_MS ? error : undefined;
  }
}
