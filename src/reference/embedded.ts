import type { Answer, FactName, Question } from '../domain/facts.ts';
import type { FactSource } from './source.ts';

/** A source without a service behind it: every answer is at hand. */
export function embedded<Name extends FactName>(
  answerTo: (question: Question<Name>) => Answer<Name>,
): FactSource<Name> {
  return {
    answerAtHand: (_asker, question) => ({ answer: answerTo(question) }),
    ask: (_asker, question) => Promise.resolve(answerTo(question)),
  };
}
