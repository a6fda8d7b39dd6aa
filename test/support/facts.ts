/** Facts of the reference services with answers of a test. */
import { known } from '../../src/domain/facts.ts';
import type { Answer, FactResult, FactName, Facts, Question } from '../../src/domain/facts.ts';
import { UNKNOWN_TEMPLATE } from '../../src/domain/pet-template.ts';
import type { References, FactSource } from '../../src/reference/source.ts';

type Answers = { readonly [Name in FactName]: (question: Question<Name>) => Answer<Name> };

/** The answers without reference services. */
const WITHOUT_SERVICES: Answers = {
  characterPoint: () => undefined,
  foothold: () => undefined,
  petTemplate: () => UNKNOWN_TEMPLATE,
  petAssets: () => undefined,
  multiPetSkill: () => true,
};

/** The message of a service that fails at one question. */
export const FAILS = 'things service, GET things/1: status 500 (try 3 of 3)';

/**
 * Returns the facts that a test gives; the others are as without reference services.
 *
 * @param missing those that would have to be fetched first.
 * @param unavailable those whose service fails, all of them or some questions.
 */
export function factsOf(
  answers: Partial<Answers>,
  missing: readonly FactName[] = [],
  unavailable: (fact: FactName, question: Question<FactName>) => boolean = () => false,
): Facts {
  const all = { ...WITHOUT_SERVICES, ...answers };
  return {
    ask<Name extends FactName>(fact: Name, question: Question<Name>) {
      if (missing.includes(fact)) return { kind: 'needs', needs: [{ fact, question } as never] };
      if (unavailable(fact, question)) return { kind: 'unavailable', message: FAILS } as FactResult<Name>;
      return known((all[fact] as (about: typeof question) => Answer<Name>)(question));
    },
  };
}

/** Sources that have all answers at hand. */
export function referencesOf(answers: Partial<Answers>): References {
  const sources = Object.entries({ ...WITHOUT_SERVICES, ...answers }).map(([name, answer]) => {
    const answerOf = answer as (question: Question<FactName>) => Answer<FactName>;
    const source: FactSource<FactName> = {
      answerAtHand: (_asker, question) => ({ answer: answerOf(question) }),
      ask: (_asker, question) => Promise.resolve(answerOf(question)),
    };
    return [name, source];
  });
  return Object.fromEntries(sources) as References;
}
