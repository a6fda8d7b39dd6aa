import { LRUCache } from 'lru-cache';
import type { Answer, FactName, Question } from '../domain/facts.ts';
import { tenantKey } from './headers.ts';
import type { Asker, Source } from './source.ts';

const MAX_ANSWERS = 10_000;
const MAX_AGE_MS = 5 * 60_000;

/** Tells the time, as `performance` does. */
export interface Clock {
  /** Milliseconds from a fixed moment. */
  now(): number;
}

export interface Cached<Name extends FactName> {
  readonly ask: Source<Name>['ask'];
  /** The question as text without spaces, one for each. */
  keyOf(question: Question<Name>): string;
}

/** A source that keeps the last 10,000 answers for 5 minutes each: for what hardly ever changes. Errors are not kept. */
export function cached<Name extends FactName>({ ask, keyOf }: Cached<Name>, clock: Clock = performance): Source<Name> {
  const answers = new LRUCache<string, { readonly answer: Answer<Name> }>({
    max: MAX_ANSWERS,
    ttl: MAX_AGE_MS,
    ttlResolution: 0,
    perf: clock,
  });
  const key = (asker: Asker, question: Question<Name>) => `${keyOf(question)} ${tenantKey(asker)}`;
  return {
    known: (asker, question) => answers.get(key(asker, question)),
    async ask(asker, question) {
      const answer = await ask(asker, question);
      answers.set(key(asker, question), { answer });
      return answer;
    },
  };
}
