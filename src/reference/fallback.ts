import type { Answer, DecorativeFact } from '../domain/facts.ts';
import { sentence } from '../errors.ts';
import type { Logger } from '../log.ts';
import { metrics } from '../metrics.ts';
import { Backoff } from '../waiting.ts';
import type { Client } from './client.ts';
import { FailedQuestionError, ReferenceServiceError } from './source.ts';
import type { Asker, FactSource } from './source.ts';

export interface FallbackOptions {
  readonly fact: DecorativeFact;
  /** The service that is asked. */
  readonly client: Pick<Client, 'isClosed' | 'isSaturated' | 'hasBeenAwayFor'>;
  readonly maxWaitMs: number;
  readonly log: Logger;
}

/**
 * A source of a fact that only decorates: it always answers, with "none" if its service fails at the question, and after
 * `maxWaitMs` of an outage. Such a "none" is counted, and kept by nobody. Once the service has been away for as long, a
 * record waits for one failure only: else an outage would hold one record after the other.
 */
export function withFallback<Name extends DecorativeFact>(
  source: FactSource<Name>,
  { fact, client, maxWaitMs, log }: FallbackOptions,
): FactSource<Name> {
  let hasLogged = false;
  function none(cause: 'failed' | 'outage'): Answer<Name> {
    metrics.factsMissing.inc({ fact, cause });
    return undefined;
  }
  function failed({ message }: ReferenceServiceError): Answer<Name> {
    if (!hasLogged) log.warn({ fact, error: message }, sentence('FACT_FAILED', 'Another service fails at a question'));
    hasLogged = true;
    return none('failed');
  }
  /** Asks until there is an answer, or the hold is over. */
  async function asked(ask: () => Promise<Answer<Name>>, over: AbortSignal): Promise<Answer<Name>> {
    const backoff = new Backoff();
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        // A client that was closed says nothing of its service: the record is left to the next instance.
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
      const held = Promise.withResolvers<Answer<Name>>();
      const timer = setTimeout(
        () => {
          over.abort();
          held.resolve(none('outage'));
        },
        Math.max(0, maxWaitMs - waitedMs),
      );
      const answer = asked(() => source.ask(asker, question), over.signal);
      try {
        return await Promise.race([answer, held.promise]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
