import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual, styleText } from 'node:util';
import { newTraceparent } from '../../generated/contract/headers.js';
import type { TenantHeaders } from '../../generated/contract/headers.js';
import { MAX_WAIT_MS } from './answers.ts';

const POLL_INTERVAL_MS = 50;

/** The position of a pet, as the API shows it. */
export interface ShownPosition {
  readonly x: number;
  readonly y: number;
  readonly stance: number;
  readonly fh: number;
}

/** The position of a pet if the service knows none. */
export const UNKNOWN_POSITION: ShownPosition = { x: 0, y: 0, stance: 0, fh: 1 };

/** The HTTP API of the service, for one tenant. */
export class PetsApi {
  readonly #url: string;
  readonly #tenant: Record<string, string>;

  constructor(url: string, tenant: TenantHeaders) {
    this.#url = url;
    this.#tenant = Object.fromEntries(Object.entries(tenant).map(([name, value]) => [name, String(value)]));
  }

  /** Prints the request and returns the text of the response. @throws if the service refuses it. */
  ask(method: string, path: string, traceparent: string, body?: string): Promise<string> {
    console.log(`${styleText('cyan', method)} ${path}${body === undefined ? '' : ` ${body}`}`);
    return this.#request(method, path, traceparent, body);
  }

  /** Waits for a pet's position and prints it. @throws if that takes longer than 10 s. */
  async see(petId: number, there: ShownPosition): Promise<void> {
    const path = `/api/pets/${String(petId)}`;
    const begun = Date.now();
    for (;;) {
      const answer = JSON.parse(await this.#request('GET', path, newTraceparent())) as {
        data: { attributes: ShownPosition };
      };
      const { x, y, stance, fh } = answer.data.attributes;
      const position = { x, y, stance, fh };
      if (isDeepStrictEqual(position, there)) {
        console.log(`  ${styleText('green', `GET ${path}`)} shows ${JSON.stringify(position)}`);
        return;
      }
      if (Date.now() - begun > MAX_WAIT_MS) {
        throw new Error(`GET ${path} did not show ${JSON.stringify(there)} within ${String(MAX_WAIT_MS / 1000)} s`);
      }
      await sleep(POLL_INTERVAL_MS);
    }
  }

  async #request(method: string, path: string, traceparent: string, body?: string): Promise<string> {
    const headers = { ...this.#tenant, traceparent, 'Content-Type': 'application/vnd.api+json' };
    const response = await fetch(this.#url + path, { method, headers, ...(body !== undefined && { body }) }).catch(
      (error: unknown) => {
        const what = `the service does not answer at ${this.#url}: start it, or correct PET_SERVICE_URL`;
        throw new Error(what, { cause: error });
      },
    );
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${String(response.status)}: ${text}`);
    return text;
  }
}
