import type { TenantContext } from '../context.ts';
import type { Answer, FactName, Question } from '../domain/facts.ts';
import { sentence } from '../errors.ts';

/** On whose behalf something is asked, and the trace that the question belongs to. */
export type Asker = TenantContext & { readonly traceparent: string };

/** Where one fact comes from: another service, or what ships with this one. */
export interface FactSource<Name extends FactName> {
  /** Returns the answer if it is at hand: embedded, or cached; undefined if it has to be {@link ask asked}. */
  answerAtHand(asker: Asker, question: Question<Name>): { readonly answer: Answer<Name> } | undefined;
  /**
   * Asks. "There is none" is an answer.
   *
   * @param waitedMs how long the asker has waited for facts that only decorate already.
   * @throws {ReferenceServiceError} if the service gives no usable answer.
   */
  ask(asker: Asker, question: Question<Name>, waitedMs?: number): Promise<Answer<Name>>;
  /**
   * Returns whether its service is known to be away. Then it is asked only for what a message cannot do without: else all
   * that may need it would wait for answers that do not come.
   */
  isInOutage?(): boolean;
}

/** The sources of all facts. */
export type References = { readonly [Name in FactName]: FactSource<Name> };

/** Another service gave no usable answer, in all tries. */
export abstract class ReferenceServiceError extends Error {
  /** What the service is called. */
  readonly service: string;

  constructor(service: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.service = service;
  }
}

/** The service is away: not reached, too slow, 502, 503, 504, or an answer that cannot be read. */
export class OutageError extends ReferenceServiceError {
  override readonly name = 'OutageError';
}

/**
 * What follows from a question that fails:
 *
 * - `ask again`: it may heal.
 * - `give up`: it has failed for long, and the service answers other questions.
 * - `outage`: it has failed for long, and the service answers nothing else either.
 */
export type Verdict = 'ask again' | 'give up' | 'outage';

/** The service is there, and answered this question with an error status in all tries. */
export class FailedQuestionError extends ReferenceServiceError {
  override readonly name = 'FailedQuestionError';
  readonly verdict: Verdict;

  constructor(service: string, message: string, verdict: Verdict, cause?: unknown) {
    super(service, message, cause);
    this.verdict = verdict;
  }
}

/** Returns whether an error of a source is worth a report: a single question that fails is not. */
export function isOutage(error: unknown): boolean {
  return !(error instanceof FailedQuestionError) || error.verdict === 'outage';
}

/** Returns what `/readyz` says of an outage: the service's name, and nothing of the error, which may name hosts. */
export function outageSentence(error: unknown): string {
  const who = error instanceof ReferenceServiceError ? `The ${error.service} service` : 'Another service';
  return sentence('REFERENCE_UNREACHABLE', `${who} cannot be asked`);
}
