/** Runs only the HTTP API, in this process, on a database of the test. */
import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { startHttp } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { Readiness } from '../../src/readiness.ts';
import { openDatabase } from '../../src/store/database.ts';
import { Tenants } from '../../src/store/tenants.ts';
import type { Database } from '../../src/store/database.ts';
import type { PendingRecord } from '../../src/store/tables/outbox.ts';
import { createDatabase } from './database.ts';

export const TENANT_HEADERS = {
  TENANT_ID: '083839c6-c47c-42a6-9585-76492795d123',
  REGION: 'GMS',
  MAJOR_VERSION: '83',
  MINOR_VERSION: '1',
} as const;

export interface Resource {
  readonly type: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A JSON:API document: with one resource, with several, or with errors. */
export interface Document {
  readonly data: Resource;
  readonly errors: readonly {
    readonly status: string;
    readonly code: string;
    readonly detail: string;
    readonly source?: Readonly<Record<string, string>>;
  }[];
  readonly links: Readonly<Record<string, string>>;
  readonly meta: { readonly total: number; readonly page: Readonly<Record<string, number>> };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; `{}` if it is not JSON. */
  readonly json: Document;
}

/** Returns the resources of a list. */
export const listed = ({ data }: Document) => data as unknown as readonly Resource[];

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes are sent unchanged, other values as JSON. */
  readonly body?: unknown;
}

/** Sends a request as a client of the JSON:API does, for the tenant of the tests. */
export async function ask(url: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
  const asIs = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(url, {
    method,
    headers: {
      ...TENANT_HEADERS,
      ...(body !== undefined && { 'Content-Type': 'application/vnd.api+json' }),
      ...headers,
    },
    ...(body !== undefined && { body: asIs ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: JSON.parse(isJson ? text : '{}') as Document,
  };
}

/** Returns a client of an API that exists once the test runs. */
export function clientOf(api: () => Api) {
  return {
    get: (path: string, options: Ask = {}) => ask(`${api().url}${path}`, options),
    post: (body: unknown, path = '/api/pets', options: Ask = {}) =>
      ask(`${api().url}${path}`, { method: 'POST', body, ...options }),
  };
}

/** Returns the one error of a response as status, code and source. */
export function errorOf({ status, headers, json }: Answer) {
  expect(headers.get('content-type')).toBe('application/vnd.api+json');
  const [error] = json.errors;
  if (error === undefined || json.errors.length > 1) throw new Error(JSON.stringify(json));
  expect(error.detail).toMatch(/\.$/);
  expect(error.status).toBe(String(status));
  const [[, sourceField] = []] = Object.entries(error.source ?? {});
  return [status, error.code, sourceField].filter((one) => one !== undefined);
}

/** The required attributes of a new pet. */
export const MINIMAL = { ownerId: 12_340, templateId: 5_000_017 };

/** Returns a document that creates a pet. */
export const petDocument = (attributes: object, more: object = {}) => ({ data: { type: 'pets', attributes, ...more } });

export interface Api {
  readonly url: string;
  readonly database: Database;
  /** The committed records, in order. */
  readonly committed: PendingRecord[];
  /** Why the outbox is full; undefined if it is not. */
  full: string | undefined;
  now: number;
  close(): Promise<void>;
}

/** @param through returns a port that leads to the database; if undefined, the service connects directly. */
export async function startApi(through?: (database: URL) => Promise<number>): Promise<Api> {
  const address = new URL(await createDatabase(`t_${randomUUID().replaceAll('-', '').slice(0, 12)}`));
  if (through !== undefined) address.port = String(await through(address));
  const database = openDatabase(address.href);
  const committed: PendingRecord[] = [];
  const readiness = new Readiness({}, () => undefined);
  const http = await startHttp({
    host: '127.0.0.1',
    port: 0,
    database,
    connections: 10,
    tenants: new Tenants(['ENVIRONMENT']),
    forwardedHeaders: ['ENVIRONMENT'],
    publish: (records) => committed.push(...records),
    outboxFullReason: () => api.full,
    clock: () => api.now,
    readiness,
    log: createLog('silent'),
  });
  const api: Api = {
    url: http.url,
    database,
    committed,
    full: undefined,
    now: Date.UTC(2026, 0, 1),
    async close() {
      await http.close();
      await database.$disconnect();
    },
  };
  return api;
}
