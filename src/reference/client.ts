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
  /** The name of the service in errors. */
  readonly service: string;
  /** The http or https URL below which its paths are, with user and password if the service requires a login. */
  readonly baseUrl: string;
  /** Aborts all requests and retries. */
  readonly stop?: AbortSignal | undefined;
  /** Milliseconds that one attempt may take from the time it is sent, and that a new connection may take before that. Default: 2000. */
  readonly timeLimitMs?: number;
  /** Milliseconds for which a failing question is retried before it is given up. Default: 30000. */
  readonly maxQuestionRetryMs?: number;
  readonly clock?: MonotonicClock;
}

const MAX_ATTEMPTS = 3;
const MAX_CONNECTIONS = 128;
const TIME_LIMIT_MS = 2_000;
/** The largest answer is an inventory: some hundred assets of a kilobyte each. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const NOT_FOUND = 404;
/** Statuses of proxies in front of a service that is down: the service has not seen the request. */
const OUTAGE_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);
/** Beyond so many requests in flight, no optional fact is requested: a service that hangs would let them pile up. */
const MAX_IN_FLIGHT = 1_000;

interface ServiceRequest {
  readonly method: 'GET' | 'POST';
  /** Relative to the base URL. */
  readonly path: string;
  readonly body?: string;
}

/**
 * Requests facts from one service, by JSON:API over HTTP, on behalf of a tenant. At most 128 requests run at a time; others
 * wait in a queue. A request that is already in flight is not sent a second time: all callers get the same answer.
 */
export class Client {
  readonly #service: string;
  readonly #pool: Pool;
  readonly #basePath: string;
  readonly #headers: readonly string[];
  readonly #timeLimitMs: number;
  readonly #abortController = new AbortController();
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
      // Off, because they restart with every byte and are not exact: sendRequest has a time limit of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#stop = stop;
    stop?.addEventListener('abort', this.#abortAll, { once: true });
    if (stop?.aborted) this.#abortAll();
  }

  /**
   * Sends `GET path` and returns the answer, checked by `read`; undefined for status 404.
   *
   * @throws {OutageError} after 3 attempts, if the service is unreachable, too slow, or answers 502 to 504 or something unreadable.
   * @throws {FailedQuestionError} after 3 attempts that all got another error status.
   */
  get<Answer>(asker: Asker, path: string, read: AnswerReader<Answer>): Promise<Answer | undefined> {
    return this.#shared(asker, { method: 'GET', path }, read);
  }

  /** Like {@link get}, with a document as body. The request must change nothing, because it may be sent more than once. */
  post<Answer>(asker: Asker, path: string, document: unknown, read: AnswerReader<Answer>): Promise<Answer | undefined> {
    return this.#shared(asker, { method: 'POST', path, body: JSON.stringify(document) }, read);
  }

  /** Aborts all requests: each caller that waits gets an {@link OutageError}. */
  async close(): Promise<void> {
    this.#abortAll();
    await this.#pool.destroy();
  }

  get isClosed(): boolean {
    return this.#abortController.signal.aborted;
  }

  /** True if so many requests are in flight that optional facts should not be requested. */
  get isSaturated(): boolean {
    return this.#inFlight.size >= MAX_IN_FLIGHT;
  }

  /** The current outage of the service; undefined if none is known. */
  get outage(): ReferenceServiceError | undefined {
    return this.#state.outage;
  }

  /** Returns whether the service has answered no request for `ms` milliseconds, although it got some. */
  hasBeenAwayFor(ms: number): boolean {
    return this.#state.hasBeenAwayFor(ms);
  }

  readonly #abortAll = () => {
    this.#stop?.removeEventListener('abort', this.#abortAll);
    this.#abortController.abort();
    void this.#pool.destroy(new Error('the client is closed'));
  };

  /** Shares the answer of equal requests. Their type is equal too: a path is always read by the same `read`. */
  #shared<Answer>(asker: Asker, request: ServiceRequest, read: AnswerReader<Answer>): Promise<Answer | undefined> {
    // Neither path nor body contains a line feed, so that different requests have different keys.
    const key = `${request.path}\n${request.body ?? ''}\n${tenantKey(asker)}`;
    const inFlight = this.#inFlight.get(key);
    if (inFlight !== undefined) return inFlight as Promise<Answer | undefined>;
    const answer = this.#attempts(key, asker, request, read).finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, answer);
    return answer;
  }

  async #attempts<Answer>(
    key: string,
    asker: Asker,
    request: ServiceRequest,
    read: AnswerReader<Answer>,
  ): Promise<Answer | undefined> {
    const backoff = new Backoff();
    const begun = this.#clock.now();
    let isAnswered = true;
    for (let attempt = 1; ; attempt += 1) {
      const sentAt = this.#clock.now();
      try {
        const answer = await this.#attempt(asker, request, read);
        this.#state.noteAnswer(key);
        return answer;
      } catch (error) {
        if (!(error instanceof StatusError)) {
          isAnswered = false;
          this.#state.noteNoAnswer(key, sentAt);
        }
        if (attempt < MAX_ATTEMPTS && !this.isClosed) await backoff.wait(this.#abortController.signal);
        if (attempt < MAX_ATTEMPTS && !this.isClosed) continue;
        const what = `${this.#service} service, ${request.method} ${request.path}: ${reasonOf(error)}`;
        const message = `${what} (try ${attempt} of ${MAX_ATTEMPTS})`;
        throw isAnswered && attempt === MAX_ATTEMPTS
          ? this.#failed(key, begun, message, error)
          : this.#away(message, error);
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

  async #attempt<Answer>(
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

/** The service answered this request with an error status. */
class StatusError extends Error {}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would quote the answer, which may contain secrets.
    throw new Error('the answer is not JSON');
  }
}

/** Returns the reason in one line. A failed connection to a host with several addresses has a code but no message. */
function reasonOf(error: unknown): string {
  const { message, code } = error as { message: string; code?: string };
  return (message || (code ?? 'no connection')).replace(/\s+/g, ' ');
}
