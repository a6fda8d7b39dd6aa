import { known } from '../domain/facts.ts';
import type { Answer, FactName, Facts, Known, Need, Needs, Question } from '../domain/facts.ts';
import { metrics } from '../metrics.ts';
import type { Asker, References, Source } from './source.ts';

export type { Facts, Need, References };

/** The facts that one message, or one sweep, has to do with: what was fetched for it, and what is at hand anyway. */
export class Knowledge implements Facts {
  readonly #references: References;
  readonly #asker: Asker;
  #fetched: Map<string, unknown> | undefined;

  constructor(references: References, asker: Asker) {
    this.#references = references;
    this.#asker = asker;
  }

  ask<Name extends FactName>(fact: Name, question: Question<Name>): Known<Answer<Name>> | Needs {
    if (this.#fetched !== undefined) {
      const key = keyOf(fact, question);
      // Answers are kept under their own question alone.
      if (this.#fetched.has(key)) return known(this.#fetched.get(key) as Answer<Name>);
    }
    const atHand = (this.#references[fact] as Source<Name>).known(this.#asker, question);
    if (atHand !== undefined) return known(atHand.answer);
    return { kind: 'needs', needs: [{ fact, question } as Need] };
  }

  /** Those of `needs` that are not known. */
  lacking(needs: readonly Need[]): readonly Need[] {
    return needs.filter(({ fact, question }) => this.ask(fact, question).kind === 'needs');
  }

  /**
   * Fetches what is needed, all at once, and keeps the answers.
   *
   * @throws {ReferenceError} where a service does not answer; what others have answered is kept.
   */
  async fetch(needs: readonly Need[]): Promise<void> {
    const fetched = (this.#fetched ??= new Map<string, unknown>());
    const distinct = new Map(needs.map((need) => [keyOf(need.fact, need.question), need]));
    const all = await Promise.allSettled(
      [...distinct].map(async ([key, { fact, question }]) => {
        const end = metrics.factSeconds.startTimer({ fact });
        const source = this.#references[fact] as Source<FactName>;
        fetched.set(key, await source.ask(this.#asker, question));
        end();
      }),
    );
    const failed = all.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason as Error;
  }
}

function keyOf(fact: FactName, question: Question<FactName>): string {
  return `${fact} ${typeof question === 'number' ? String(question) : JSON.stringify(question)}`;
}
