import { isOptional, known } from '../domain/facts.ts';
import type { FactResult, FactName, Facts, KnownFact, Need, Question, UnavailableFact } from '../domain/facts.ts';
import { metrics } from '../metrics.ts';
import { FailedQuestionError, isOutage } from './source.ts';
import type { Asker, References, FactSource } from './source.ts';

/** The facts for one message or one sweep: those that were fetched for it, and those that need no request. */
export class Knowledge implements Facts {
  readonly #references: References;
  readonly #asker: Asker;
  #settled: Map<string, KnownFact<unknown> | UnavailableFact> | undefined;
  /** Milliseconds spent waiting for optional facts. */
  #waitedMs = 0;

  constructor(references: References, asker: Asker) {
    this.#references = references;
    this.#asker = asker;
  }

  ask<Name extends FactName>(fact: Name, question: Question<Name>): FactResult<Name> {
    if (this.#settled !== undefined) {
      const settled = this.#settled.get(keyOf(fact, question));
      // Each answer is stored under its own question, and a source with a fallback always answers.
      if (settled !== undefined) return settled as FactResult<Name>;
    }
    const cached = (this.#references[fact] as FactSource<Name>).answerAtHand(this.#asker, question);
    if (cached !== undefined) return known(cached.answer);
    return { kind: 'needs', needs: [{ fact, question } as Need] };
  }

  /** Returns the `needs` that must still be fetched. */
  missing(needs: readonly Need[]): readonly Need[] {
    return needs.filter(({ fact, question }) => this.ask(fact, question).kind === 'needs');
  }

  /** Returns the `needs` that are worth prefetching: those whose service is not known to be down. */
  toPrefetch(needs: readonly Need[]): readonly Need[] {
    return this.missing(needs).filter(({ fact }) => this.#references[fact].isInOutage?.() !== true);
  }

  /**
   * Fetches the facts concurrently and stores them. If the client gives up a question, its fact counts as unavailable.
   *
   * @throws {ReferenceServiceError} if a fact is still missing. If several are, an outage is thrown rather than a failed question.
   */
  async fetch(needs: readonly Need[]): Promise<void> {
    const distinct = new Map(needs.map((need) => [keyOf(need.fact, need.question), need]));
    const all = await Promise.allSettled([...distinct].map(([key, need]) => this.#fetchOne(key, need)));
    const errors = all.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
    const error = errors.find(isOutage) ?? errors[0];
    if (error !== undefined) throw error;
  }

  async #fetchOne(key: string, { fact, question }: Need): Promise<void> {
    const settled = (this.#settled ??= new Map<string, KnownFact<unknown> | UnavailableFact>());
    const end = metrics.factSeconds.startTimer({ fact });
    const source = this.#references[fact] as FactSource<FactName>;
    try {
      settled.set(key, known(await source.ask(this.#asker, question, this.#waitedMs)));
      const seconds = end();
      if (isOptional(fact)) this.#waitedMs += seconds * 1_000;
    } catch (error) {
      if (!(error instanceof FailedQuestionError) || error.verdict !== 'give up') throw error;
      settled.set(key, { kind: 'unavailable', message: error.message });
      metrics.factsMissing.inc({ fact, cause: 'failed' });
    }
  }
}

function keyOf(fact: FactName, question: Question<FactName>): string {
  return `${fact} ${typeof question === 'number' ? String(question) : JSON.stringify(question)}`;
}
