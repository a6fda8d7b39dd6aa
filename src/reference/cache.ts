import { LRUCache } from 'lru-cache';
import type { Answer, FactName, Question } from '../domain/facts.ts';
import { tenantKey } from './headers.ts';
import type { Asker, FactSource } from './source.ts';

const MAX_ANSWERS = 10_000;
const MAX_AGE_MS = 5 * 60_000;

/** A clock that never goes back, like `performance`. */
export interface MonotonicClock {
  /** Milliseconds from a fixed moment. */
  now(): number;
}

export interface CacheableSource<Name extends FactName> {
  readonly ask: FactSource<Name>['ask'];
  /** Returns a text without spaces that is different for each question. */
  keyOf(question: Question<Name>): string;
}

/** Returns a source that caches the last 10,000 answers for 5 minutes each, for facts that rarely change. Errors are not cached. */
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
