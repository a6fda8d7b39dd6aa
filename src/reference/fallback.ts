import type { Answer, OptionalFact } from '../domain/facts.ts';
import { sentence } from '../errors.ts';
import type { Logger } from '../log.ts';
import { metrics } from '../metrics.ts';
import { Backoff } from '../waiting.ts';
import type { Client } from './client.ts';
import { FailedQuestionError, ReferenceServiceError } from './source.ts';
import type { Asker, FactSource } from './source.ts';

export interface FallbackOptions {
  readonly fact: OptionalFact;
  /** The client of the service. */
  readonly client: Pick<Client, 'isClosed' | 'isSaturated' | 'hasBeenAwayFor'>;
  readonly maxWaitMs: number;
  readonly log: Logger;
}

/**
 * Returns a source of an optional fact that always answers: with "none" if the service fails at the question, or after
 * `maxWaitMs` of an outage. Such a "none" is counted and not cached. After the service has been down for `maxWaitMs`, a
 * record waits for one failed request only: otherwise an outage would delay each record by the full time.
 */
export function withFallback<Name extends OptionalFact>(
  source: FactSource<Name>,
  { fact, client, maxWaitMs, log }: FallbackOptions,
): FactSource<Name> {
  let hasLogged = false;
  function none(cause: 'failed' | 'outage'): Answer<Name> {
    metrics.factsMissing.inc({ fact, cause });
    return undefined;
  }
  function failed({ message }: ReferenceServiceError): Answer<Name> {
    if (!hasLogged)
      log.warn({ fact, error: message }, sentence('FACT_FAILED', 'Another service answers a question with an error'));
    hasLogged = true;
    return none('failed');
  }
  /** Retries until there is an answer, or the wait is over. */
  async function retryUntil(over: AbortSignal, ask: () => Promise<Answer<Name>>): Promise<Answer<Name>> {
    const backoff = new Backoff();
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        // A closed client does not prove an outage: the next instance handles the record.
        if (!(error instanceof ReferenceServiceError) || client.isClosed) throw error;
        if (over.aborted) return undefined;
        if (error instanceof FailedQuestionError) return failed(error);
        if (client.hasBeenAwayFor(maxWaitMs)) return none('outage');
        await backoff.wait(over);
      }
    }
  }
  return {
    answerAtHand: (asker, question) => source.answerAtHand(asker, question),
    async ask(asker: Asker, question, waitedMs = 0) {
      if (client.isSaturated) return none('outage');
      const over = new AbortController();
      const fallback = Promise.withResolvers<Answer<Name>>();
      const timer = setTimeout(
        () => {
          over.abort();
          fallback.resolve(none('outage'));
        },
        Math.max(0, maxWaitMs - waitedMs),
      );
      const answer = retryUntil(over.signal, () => source.ask(asker, question));
      try {
        return await Promise.race([answer, fallback.promise]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
