import { LRUCache } from 'lru-cache';
import type { Answer, FactName, Question } from '../domain/facts.ts';
import { tenantKey } from './headers.ts';
import type { Asker, FactSource } from './source.ts';

const MAX_ANSWERS = 10_000;
const MAX_AGE_MS = 5 * 60_000;

/** Tells the time, as `performance` does. */
export interface MonotonicClock {
  /** Milliseconds from a fixed moment. */
  now(): number;
}

export interface CacheableSource<Name extends FactName> {
  readonly ask: FactSource<Name>['ask'];
  /** The question as text without spaces, one for each. */
  keyOf(question: Question<Name>): string;
}

/** A source that keeps the last 10,000 answers for 5 minutes each: for what hardly ever changes. Errors are not kept. */
export function cachedSource<Name extends FactName>(
  { ask, keyOf }: CacheableSource<Name>,
  clock: MonotonicClock = performance,
): FactSource<Name> {
  const answers = new LRUCache<string, { readonly answer: Answer<Name> }>({
    max: MAX_ANSWERS,
    ttl: MAX_AGE_MS,
    ttlResolution: 0,
    perf: clock,
  });
  const key = (asker: Asker, question: Question<Name>) => `${keyOf(question)} ${tenantKey(asker)}`;
  return {
    answerAtHand: (asker, question) => answers.get(key(asker, question)),
    async ask(asker, question) {
      const answer = await ask(asker, question);
      answers.set(key(asker, question), { answer });
      return answer;
    },
  };
}
