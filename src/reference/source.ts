import type { TenantContext } from '../context.ts';
import type { Answer, FactName, Question } from '../domain/facts.ts';
import { sentence } from '../errors.ts';

/** The tenant for which a fact is requested, and the trace of the request. */
export type Asker = TenantContext & { readonly traceparent: string };

/** The source of one fact: another service, or an embedded default. */
export interface FactSource<Name extends FactName> {
  /** Returns the embedded or cached answer; undefined if the service has to be {@link ask asked}. */
  answerAtHand(asker: Asker, question: Question<Name>): { readonly answer: Answer<Name> } | undefined;
  /**
   * Requests the answer. "There is none" is an answer.
   *
   * @param waitedMs milliseconds that the record has already waited for optional facts.
   * @throws {ReferenceServiceError} if the service gives no usable answer.
   */
  ask(asker: Asker, question: Question<Name>, waitedMs?: number): Promise<Answer<Name>>;
  /**
   * Returns whether the service is known to be down. Then nothing is prefetched from it, because records that may not need
   * the fact would wait for it.
   */
  isInOutage?(): boolean;
}

/** The sources of all facts. */
export type References = { readonly [Name in FactName]: FactSource<Name> };

/** No attempt at a request to another service got a usable answer. */
export abstract class ReferenceServiceError extends Error {
  /** The name of the service. */
  readonly service: string;

  constructor(service: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.service = service;
  }
}

/** The service is down: unreachable, too slow, or it answers 502, 503, 504 or something unreadable. */
export class OutageError extends ReferenceServiceError {
  override readonly name = 'OutageError';
}

/**
 * How to continue after a question failed:
 *
 * - `ask again`: it may succeed later.
 * - `give up`: it has failed for too long, while the service answers other questions.
 * - `outage`: it has failed for too long, and the service answers no other question either.
 */
export type FailureVerdict = 'ask again' | 'give up' | 'outage';

/** The service is up and answered all attempts at this question with an error status. */
export class FailedQuestionError extends ReferenceServiceError {
  override readonly name = 'FailedQuestionError';
  readonly verdict: FailureVerdict;

  constructor(service: string, message: string, verdict: FailureVerdict, cause?: unknown) {
    super(service, message, cause);
    this.verdict = verdict;
  }
}

/** Returns whether an error of a source is an outage of its service, and not only a failed question. */
export function isOutage(error: unknown): boolean {
  return !(error instanceof FailedQuestionError) || error.verdict === 'outage';
}

/** Returns the reason of an outage for `/readyz`: the name of the service, without the error, which may name hosts. */
export function outageSentence(error: unknown): string {
  const service = error instanceof ReferenceServiceError ? `The ${error.service} service` : 'Another service';
  return sentence('REFERENCE_UNREACHABLE', `${service} does not answer`);
}
