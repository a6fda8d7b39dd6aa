/** What other services know, as a test says it. */
import { known } from '../../src/domain/facts.ts';
import type { Answer, Asked, FactName, Facts, Question } from '../../src/domain/facts.ts';
import { UNKNOWN_TEMPLATE } from '../../src/domain/pet-template.ts';
import type { References, FactSource } from '../../src/reference/source.ts';

type Answers = { readonly [Name in FactName]: (question: Question<Name>) => Answer<Name> };

/** Where no other service is there. */
const NOBODY: Answers = {
  characterPoint: () => undefined,
  foothold: () => undefined,
  petTemplate: () => UNKNOWN_TEMPLATE,
  petAssets: () => undefined,
  multiPetSkill: () => true,
};

/** What a service says that fails at a question. */
export const FAILS = 'things service, GET things/1: status 500 (try 3 of 3)';

/**
 * Facts as a test gives them; what it does not give is as where no other service is there.
 *
 * @param missing those that would have to be fetched first.
 * @param unavailable those whose service fails, all of them or some questions.
 */
export function factsOf(
  answers: Partial<Answers>,
  missing: readonly FactName[] = [],
  unavailable: (fact: FactName, question: Question<FactName>) => boolean = () => false,
): Facts {
  const all = { ...NOBODY, ...answers };
  return {
    ask<Name extends FactName>(fact: Name, question: Question<Name>) {
      if (missing.includes(fact)) return { kind: 'needs', needs: [{ fact, question } as never] };
      if (unavailable(fact, question)) return { kind: 'unavailable', message: FAILS } as Asked<Name>;
      return known((all[fact] as (asked: typeof question) => Answer<Name>)(question));
    },
  };
}

/** Sources that have all answers at hand. */
export function referencesOf(answers: Partial<Answers>): References {
  const sources = Object.entries({ ...NOBODY, ...answers }).map(([name, answer]) => {
    const asked = answer as (question: Question<FactName>) => Answer<FactName>;
    const source: FactSource<FactName> = {
      answerAtHand: (_asker, question) => ({ answer: asked(question) }),
      ask: (_asker, question) => Promise.resolve(asked(question)),
    };
    return [name, source];
  });
  return Object.fromEntries(sources) as References;
}
