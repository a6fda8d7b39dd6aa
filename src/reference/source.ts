import type { TenantContext } from '../context.ts';
import type { Answer, FactName, Question } from '../domain/facts.ts';

/** On whose behalf something is asked, and the trace that the question belongs to. */
export type Asker = TenantContext & { readonly traceparent: string };

/** Where one fact comes from: another service, or what ships with this one. */
export interface Source<Name extends FactName> {
  /** The answer where it is at hand: embedded, or cached; undefined where it has to be {@link ask asked}. */
  known(asker: Asker, question: Question<Name>): { readonly answer: Answer<Name> } | undefined;
  /**
   * Asks. That there is no such thing is an answer.
   *
   * @throws {ReferenceError} where the service cannot be reached, or what it says cannot be used.
   */
  ask(asker: Asker, question: Question<Name>): Promise<Answer<Name>>;
}

/** The sources of all facts. */
export type References = { readonly [Name in FactName]: Source<Name> };

/** Another service did not say what it was asked, in all tries: the message waits. */
export class ReferenceError extends Error {
  constructor(what: string, cause?: unknown) {
    super(what, { cause });
    this.name = 'ReferenceError';
  }
}
