import { Pool } from 'undici';
import { Backoff } from '../waiting.ts';
import { JSON_API } from './json-api.ts';
import type { AnswerReader } from './json-api.ts';
import { sendRequest } from './send-request.ts';
import type { MonotonicClock } from './cache.ts';
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
  readonly timeLimitMs?: number;
  /** How long a question that fails is asked again before it is given up; 30 s. */
  readonly maxQuestionRetryMs?: number;
  readonly clock?: MonotonicClock;
}

const MAX_TRIES = 3;
const MAX_CONNECTIONS = 128;
const TIME_LIMIT_MS = 2_000;
/** An inventory is the largest answer: some hundred assets of a kilobyte. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const NOT_FOUND = 404;
/** Statuses of proxies, and of services that are not up: nobody has looked at the question. */
const OUTAGE_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);
/** Beyond so many questions under way, what only decorates is not asked: a service that hangs would pile them up. */
const MAX_IN_FLIGHT = 1_000;

interface ServiceRequest {
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
  readonly #timeLimitMs: number;
  readonly #end = new AbortController();
  readonly #stop: AbortSignal | undefined;
  readonly #inFlight = new Map<string, Promise<unknown>>();
  readonly #clock: MonotonicClock;
  readonly #state: ServiceState;

  constructor({
    service,
    baseUrl,
    stop,
    timeLimitMs = TIME_LIMIT_MS,
    maxQuestionRetryMs = REFERENCE_LIMITS.maxQuestionRetryMs,
    clock = performance,
  }: ClientOptions) {
    this.#clock = clock;
    this.#state = new ServiceState(maxQuestionRetryMs, clock);
    const { origin, pathname, username, password } = new URL(baseUrl);
    this.#service = service;
    this.#basePath = pathname.replace(/\/*$/, '/');
    this.#headers = ['Accept', JSON_API, ...authorization(username, password)];
    this.#timeLimitMs = timeLimitMs;
    this.#pool = new Pool(origin, {
      connections: MAX_CONNECTIONS,
      // One connection carries one request at a time: the number of connections is the limit.
      pipelining: 1,
      allowH2: false,
      connect: { timeout: timeLimitMs },
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
  get<Answer>(asker: Asker, path: string, read: AnswerReader<Answer>): Promise<Answer | undefined> {
    return this.#shared(asker, { method: 'GET', path }, read);
  }

  /** As {@link get}, with a document to go by. It has to be a question too: it may be sent more than once. */
  post<Answer>(asker: Asker, path: string, document: unknown, read: AnswerReader<Answer>): Promise<Answer | undefined> {
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
    return this.#inFlight.size >= MAX_IN_FLIGHT;
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
  #shared<Answer>(asker: Asker, request: ServiceRequest, read: AnswerReader<Answer>): Promise<Answer | undefined> {
    // Neither path nor body has a line feed in it, so that no two requests look the same.
    const key = `${request.path}\n${request.body ?? ''}\n${tenantKey(asker)}`;
    const inFlight = this.#inFlight.get(key);
    if (inFlight !== undefined) return inFlight as Promise<Answer | undefined>;
    const answer = this.#tries(key, asker, request, read).finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, answer);
    return answer;
  }

  async #tries<Answer>(
    key: string,
    asker: Asker,
    request: ServiceRequest,
    read: AnswerReader<Answer>,
  ): Promise<Answer | undefined> {
    const backoff = new Backoff();
    const begun = this.#clock.now();
    let isAnswered = true;
    for (let tries = 1; ; tries += 1) {
      const sentAt = this.#clock.now();
      try {
        const answer = await this.#try(asker, request, read);
        this.#state.noteAnswer(key);
        return answer;
      } catch (error) {
        if (!(error instanceof StatusError)) {
          isAnswered = false;
          this.#state.noteNoAnswer(key, sentAt);
        }
        if (tries < MAX_TRIES && !this.isClosed) await backoff.wait(this.#end.signal);
        if (tries < MAX_TRIES && !this.isClosed) continue;
        const what = `${this.#service} service, ${request.method} ${request.path}: ${reasonOf(error)}`;
        const message = `${what} (try ${tries} of ${MAX_TRIES})`;
        throw isAnswered && tries === MAX_TRIES ? this.#failed(key, begun, message, error) : this.#away(message, error);
      }
    }
  }

  #failed(key: string, begun: number, message: string, cause: unknown): ReferenceServiceError {
    const error = new FailedQuestionError(this.#service, message, this.#state.noteFailure(key, begun), cause);
    if (error.verdict === 'outage') this.#state.noteOutage(error);
    return error;
  }

  #away(message: string, cause: unknown): ReferenceServiceError {
    const error = new OutageError(this.#service, message, cause);
    if (!this.isClosed) this.#state.noteOutage(error);
    return error;
  }

  async #try<Answer>(
    asker: Asker,
    { method, path, body }: ServiceRequest,
    read: AnswerReader<Answer>,
  ): Promise<Answer | undefined> {
    const headers = [...this.#headers, ...tenantHeaders(asker)];
    if (body !== undefined) headers.push('Content-Type', JSON_API);
    const request = { method, path: this.#basePath + path, headers, body: body ?? null };
    const { status, text } = await sendRequest(this.#pool, request, this.#timeLimitMs);
    if (status === NOT_FOUND) return undefined;
    if (OUTAGE_STATUSES.has(status)) throw new Error(`status ${status}`);
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
