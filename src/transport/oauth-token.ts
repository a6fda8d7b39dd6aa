import { Agent, request } from 'undici';
import { trustedRoots } from '../tls-context.ts';
import { messageOf } from '../waiting.ts';
import { ConnectionFault } from './connection-fault.ts';
import { isToken, readCertificates, readSecret } from './credential-files.ts';
import type { NamedFile, TokenEndpoint } from './security.ts';

const MAX_ANSWER_MS = 5_000;
const MAX_ANSWER_BYTES = 65_536;
/** A token is no longer used when this share of its lifetime is left, or this time: sessions at the broker end with it. */
const TOKEN_RESERVE = { share: 0.2, ms: 10_000 } as const;

/** Gets tokens from an endpoint, for client credentials (RFC 6749, 4.4). One token serves all connections until shortly before it expires. */
export class EndpointTokens {
  readonly #endpoint: TokenEndpoint;
  readonly #ca: NamedFile | undefined;
  #current: { readonly token: string; readonly until: number } | undefined;
  #asking: Promise<string> | undefined;

  /** @param ca has certificates that are trusted in addition to the roots of the system. */
  constructor(endpoint: TokenEndpoint, ca: NamedFile | undefined) {
    this.#endpoint = endpoint;
    this.#ca = ca;
  }

  /** @throws {ConnectionFault} BROKER_TOKEN_UNAVAILABLE, BROKER_FILES_UNREADABLE */
  token(): Promise<string> {
    if (this.#current !== undefined && performance.now() < this.#current.until) {
      return Promise.resolve(this.#current.token);
    }
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  /** Drops this token: a broker has refused it. */
  refused(token: string): void {
    if (this.#current?.token === token) this.#current = undefined;
  }

  async #ask(): Promise<string> {
    const { status, text } = await this.#exchange();
    if (status !== 200) throw unavailable(`answers with status ${String(status)}`);
    const { token, lifetimeMs } = read(text);
    const reserveMs = Math.max(lifetimeMs * TOKEN_RESERVE.share, TOKEN_RESERVE.ms);
    this.#current = { token, until: performance.now() + lifetimeMs - reserveMs };
    return token;
  }

  async #exchange(): Promise<{ readonly status: number; readonly text: string }> {
    const { url, clientId, clientSecret, scope } = this.#endpoint;
    const credentials = [clientId, readSecret(clientSecret)].map(encodeURIComponent).join(':');
    const ca = this.#ca && [...trustedRoots(), readCertificates(this.#ca)];
    const agent = new Agent({
      connect: { ca: ca ?? trustedRoots(), timeout: MAX_ANSWER_MS },
      maxResponseSize: MAX_ANSWER_BYTES,
    });
    try {
      const { statusCode, body } = await request(url, {
        dispatcher: agent,
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
        },
        body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope && { scope }) }).toString(),
        signal: AbortSignal.timeout(MAX_ANSWER_MS),
      });
      return { status: statusCode, text: await body.text() };
    } catch (error) {
      throw unavailable('does not answer', messageOf(error));
    } finally {
      await agent.destroy();
    }
  }
}

function read(text: string): { readonly token: string; readonly lifetimeMs: number } {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw unavailable('does not answer with JSON');
  }
  const { access_token: token, expires_in: seconds } = (answer ?? {}) as Record<string, unknown>;
  if (typeof token !== 'string' || !isToken(token)) throw unavailable('answers without an access_token');
  // Without expires_in its lifetime is unknown: it is used once.
  return { token, lifetimeMs: Number(seconds ?? 0) * 1_000 || 0 };
}

/** Without the URL: its path may be a secret. */
function unavailable(what: string, detail?: string): ConnectionFault {
  return new ConnectionFault('BROKER_TOKEN_UNAVAILABLE', `KAFKA_SASL_TOKEN_ENDPOINT ${what}`, detail);
}
