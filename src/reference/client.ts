import { Pool } from 'undici';
import { Backoff } from '../waiting.ts';
import { JSON_API } from './document.ts';
import type { Reader } from './document.ts';
import { exchange } from './exchange.ts';
import type { Clock } from './cache.ts';
import { authorization, tenantHeaders, tenantKey } from './headers.ts';
import { REFERENCE_LIMITS } from './limits.ts';
import { ServiceState } from './service-state.ts';
import { FailedQuestionError, OutageError } from './source.ts';
import type { Asker, ReferenceServiceError } from './source.ts';

export interface ClientOptions {
  /** What the service is called in errors. */
  readonly service: string;
  /** Where its paths start: http or https, with or without a slash at the end; with user and password if it asks for them. */
  readonly baseUrl: string;
  /** Ends all requests and waits. */
  readonly stop?: AbortSignal | undefined;
  /** Milliseconds that one try may take, from when it is sent, and as many for a new connection before that; 2000. */
  readonly timeLimit?: number;
  /** How long a question that fails is asked again before it is given up; 30 s. */
  readonly maxQuestionRetryMs?: number;
  readonly clock?: Clock;
}

const TRIES = 3;
const AT_ONCE = 128;
const TIME_LIMIT = 2_000;
/** An inventory is the largest answer: some hundred assets of a kilobyte. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const NOT_FOUND = 404;
/** Statuses of proxies, and of services that are not up: nobody has looked at the question. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504]);
/** Beyond so many questions under way, what only decorates is not asked: a service that hangs would pile them up. */
const MAX_UNDER_WAY = 1_000;

interface Request {
  readonly method: 'GET' | 'POST';
  /** Below the base URL. */
  readonly path: string;
  readonly body?: string;
}

/**
 * Asks one service: JSON:API over HTTP, on behalf of a tenant. At most 128 requests are under way at a time, others wait
 * for their turn. The same request that is under way already is not sent again: all who ask get its answer.
 */
export class Client {
  readonly #service: string;
  readonly #pool: Pool;
  readonly #basePath: string;
  readonly #headers: readonly string[];
  readonly #timeLimit: number;
  readonly #end = new AbortController();
  readonly #stop: AbortSignal | undefined;
  readonly #underWay = new Map<string, Promise<unknown>>();
  readonly #clock: Clock;
  readonly #state: ServiceState;

  constructor({
    service,
    baseUrl,
    stop,
    timeLimit = TIME_LIMIT,
    maxQuestionRetryMs = REFERENCE_LIMITS.maxQuestionRetryMs,
    clock = performance,
  }: ClientOptions) {
    this.#clock = clock;
    this.#state = new ServiceState(maxQuestionRetryMs, clock);
    const { origin, pathname, username, password } = new URL(baseUrl);
    this.#service = service;
    this.#basePath = pathname.replace(/\/*$/, '/');
    this.#headers = ['Accept', JSON_API, ...authorization(username, password)];
    this.#timeLimit = timeLimit;
    this.#pool = new Pool(origin, {
      connections: AT_ONCE,
      // One connection carries one request at a time: the number of connections is the limit.
      pipelining: 1,
      allowH2: false,
      connect: { timeout: timeLimit },
      maxResponseSize: MAX_ANSWER_BYTES,
      // The time limit is kept by each request: these would start again with every byte, and are not exact.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#stop = stop;
    stop?.addEventListener('abort', this.#endAll, { once: true });
    if (stop?.aborted) this.#endAll();
  }

  /**
   * Returns the answer to `GET path` as `read` takes it; undefined if there is no such thing (404).
   *
   * @throws {OutageError} after 3 tries: not reached, too slow, 502 to 504, or an answer that cannot be read.
   * @throws {FailedQuestionError} after 3 tries that all got another status.
   */
  get<Answer>(asker: Asker, path: string, read: Reader<Answer>): Promise<Answer | undefined> {
    return this.#shared(asker, { method: 'GET', path }, read);
  }

  /** As {@link get}, with a document to go by. It has to be a question too: it may be sent more than once. */
  post<Answer>(asker: Asker, path: string, document: unknown, read: Reader<Answer>): Promise<Answer | undefined> {
    return this.#shared(asker, { method: 'POST', path, body: JSON.stringify(document) }, read);
  }

  /** Ends it: whoever waits for an answer gets an {@link OutageError}. */
  async close(): Promise<void> {
    this.#endAll();
    await this.#pool.destroy();
  }

  get isClosed(): boolean {
    return this.#end.signal.aborted;
  }

  /** Whether there are so many questions under way that no other should be asked that can be done without. */
  get isSaturated(): boolean {
    return this.#underWay.size >= MAX_UNDER_WAY;
  }

  /** The outage that the service is in, as far as it is known. */
  get outage(): ReferenceServiceError | undefined {
    return this.#state.outage;
  }

  /** Returns whether the service has answered nothing at all for so long, although it was asked. */
  hasBeenAwayFor(ms: number): boolean {
    return this.#state.hasBeenAwayFor(ms);
  }

  readonly #endAll = () => {
    this.#stop?.removeEventListener('abort', this.#endAll);
    this.#end.abort();
    void this.#pool.destroy(new Error('the client is closed'));
  };

  /** A path is always read the same way: who shares a request shares its answer. */
  #shared<Answer>(asker: Asker, request: Request, read: Reader<Answer>): Promise<Answer | undefined> {
    // Neither path nor body has a line feed in it, so that no two requests look the same.
    const key = `${request.path}\n${request.body ?? ''}\n${tenantKey(asker)}`;
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay as Promise<Answer | undefined>;
    const answer = this.#tries(key, asker, request, read).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, answer);
    return answer;
  }

  async #tries<Answer>(key: string, asker: Asker, request: Request, read: Reader<Answer>): Promise<Answer | undefined> {
    const backoff = new Backoff();
    const begun = this.#clock.now();
    let isAnswered = true;
    for (let tries = 1; ; tries += 1) {
      const sentAt = this.#clock.now();
      try {
        const answer = await this.#try(asker, request, read);
        this.#state.answered(key);
        return answer;
      } catch (error) {
        if (!(error instanceof StatusError)) {
          isAnswered = false;
          this.#state.unanswered(key, sentAt);
        }
        if (tries < TRIES && !this.isClosed) await backoff.wait(this.#end.signal);
        if (tries < TRIES && !this.isClosed) continue;
        const what = `${this.#service} service, ${request.method} ${request.path}: ${reasonOf(error)}`;
        const message = `${what} (try ${tries} of ${TRIES})`;
        throw isAnswered && tries === TRIES ? this.#failed(key, begun, message, error) : this.#away(message, error);
      }
    }
  }

  #failed(key: string, begun: number, message: string, cause: unknown): ReferenceServiceError {
    const error = new FailedQuestionError(this.#service, message, this.#state.failed(key, begun), cause);
    if (error.verdict === 'outage') this.#state.report(error);
    return error;
  }

  #away(message: string, cause: unknown): ReferenceServiceError {
    const error = new OutageError(this.#service, message, cause);
    if (!this.isClosed) this.#state.report(error);
    return error;
  }

  async #try<Answer>(asker: Asker, { method, path, body }: Request, read: Reader<Answer>): Promise<Answer | undefined> {
    const headers = [...this.#headers, ...tenantHeaders(asker)];
    if (body !== undefined) headers.push('Content-Type', JSON_API);
    const request = { method, path: this.#basePath + path, headers, body: body ?? null };
    const { status, text } = await exchange(this.#pool, request, this.#timeLimit);
    if (status === NOT_FOUND) return undefined;
    if (AWAY.has(status)) throw new Error(`status ${status}`);
    if (status < 200 || status > 299) throw new StatusError(`status ${status}`);
    return read(parsed(text));
  }
}

/** The service answered, with an error that is about the question. */
class StatusError extends Error {}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words have a piece of the text in them, which may be anything.
    throw new Error('the answer is not JSON');
  }
}

/** In one line. An attempt on several addresses fails without words of its own. */
function reasonOf(error: unknown): string {
  const { message, code } = error as { message: string; code?: string };
  return (message || (code ?? 'no connection')).replace(/\s+/g, ' ');
}
