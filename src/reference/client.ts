import { Pool } from 'undici';
import { Backoff } from '../waiting.ts';
import { JSON_API } from './document.ts';
import type { Reader } from './document.ts';
import { exchange } from './exchange.ts';
import { authorization, tenantHeaders, tenantKey } from './headers.ts';
import { ReferenceError } from './source.ts';
import type { Asker } from './source.ts';

export interface ClientOptions {
  /** What the service is called in errors. */
  readonly service: string;
  /** Where its paths start: http or https, with or without a slash at the end; with user and password if it asks for them. */
  readonly baseUrl: string;
  /** Ends all requests and waits. */
  readonly stop?: AbortSignal | undefined;
  /** Milliseconds that one try may take, from when it is sent, and as many for a new connection before that; 2000. */
  readonly timeLimit?: number;
}

const TRIES = 3;
const AT_ONCE = 128;
const TIME_LIMIT = 2_000;
/** An inventory is the largest answer: some hundred assets of a kilobyte. */
const MOST_BYTES = 4 * 1024 * 1024;
const NOT_FOUND = 404;

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

  constructor({ service, baseUrl, stop, timeLimit = TIME_LIMIT }: ClientOptions) {
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
      maxResponseSize: MOST_BYTES,
      // The time limit is kept by each request: these would start again with every byte, and are not exact.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#stop = stop;
    stop?.addEventListener('abort', this.#endAll, { once: true });
    if (stop?.aborted) this.#endAll();
  }

  /**
   * The answer to `GET path` as `read` takes it; undefined where there is no such thing (404).
   *
   * @throws {ReferenceError} after 3 tries: not reached, too slow, another status, an answer that cannot be read.
   */
  get<Answer>(asker: Asker, path: string, read: Reader<Answer>): Promise<Answer | undefined> {
    return this.#shared(asker, { method: 'GET', path }, read);
  }

  /** As {@link get}, with a document to go by. It has to be a question too: it may be sent more than once. */
  post<Answer>(asker: Asker, path: string, document: unknown, read: Reader<Answer>): Promise<Answer | undefined> {
    return this.#shared(asker, { method: 'POST', path, body: JSON.stringify(document) }, read);
  }

  /** Ends it: whoever waits for an answer gets a {@link ReferenceError}. */
  async close(): Promise<void> {
    this.#endAll();
    await this.#pool.destroy();
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
    const answer = this.#tries(asker, request, read).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, answer);
    return answer;
  }

  async #tries<Answer>(asker: Asker, request: Request, read: Reader<Answer>): Promise<Answer | undefined> {
    const backoff = new Backoff();
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#try(asker, request, read);
      } catch (error) {
        if (tries < TRIES && !this.#end.signal.aborted) await backoff.wait(this.#end.signal);
        if (tries < TRIES && !this.#end.signal.aborted) continue;
        const what = `${this.#service} service, ${request.method} ${request.path}: ${reasonOf(error)}`;
        throw new ReferenceError(`${what} (try ${tries} of ${TRIES})`, error);
      }
    }
  }

  async #try<Answer>(asker: Asker, { method, path, body }: Request, read: Reader<Answer>): Promise<Answer | undefined> {
    const headers = [...this.#headers, ...tenantHeaders(asker)];
    if (body !== undefined) headers.push('Content-Type', JSON_API);
    const request = { method, path: this.#basePath + path, headers, body: body ?? null };
    const { status, text } = await exchange(this.#pool, request, this.#timeLimit);
    if (status === NOT_FOUND) return undefined;
    if (status < 200 || status > 299) throw new Error(`status ${status}`);
    return read(parsed(text));
  }
}

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
