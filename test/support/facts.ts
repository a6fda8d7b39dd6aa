/** What other services know, as a test says it. */
import { known } from '../../src/domain/facts.ts';
import type { Answer, FactName, Facts, Question } from '../../src/domain/facts.ts';
import { UNKNOWN_TEMPLATE } from '../../src/domain/template.ts';
import type { References, Source } from '../../src/reference/source.ts';

type Answers = { readonly [Name in FactName]: (question: Question<Name>) => Answer<Name> };

/** Where no other service is there. */
const NOBODY: Answers = {
  characterPoint: () => undefined,
  foothold: () => undefined,
  petTemplate: () => UNKNOWN_TEMPLATE,
  petAssets: () => undefined,
  multiPetSkill: () => true,
};

/**
 * Facts as a test gives them; what it does not give is as where no other service is there.
 *
 * @param missing those that would have to be fetched first.
 */
export function factsOf(answers: Partial<Answers>, missing: readonly FactName[] = []): Facts {
  const all = { ...NOBODY, ...answers };
  return {
    ask(fact, question) {
      if (missing.includes(fact)) return { kind: 'needs', needs: [{ fact, question } as never] };
      return known((all[fact] as (asked: typeof question) => Answer<typeof fact>)(question));
    },
  };
}

/** Sources that have all answers at hand. */
export function referencesOf(answers: Partial<Answers>): References {
  const sources = Object.entries({ ...NOBODY, ...answers }).map(([name, answer]) => {
    const asked = answer as (question: Question<FactName>) => Answer<FactName>;
    const source: Source<FactName> = {
      known: (_asker, question) => ({ answer: asked(question) }),
      ask: (_asker, question) => Promise.resolve(asked(question)),
    };
    return [name, source];
  });
  return Object.fromEntries(sources) as References;
}
