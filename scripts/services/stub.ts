/** A stand-in for the reference services, on one port: for tests, and as a program for the benchmark and to try the service. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { endSignal, options } from '../../src/operator/command-line.ts';
import {
  characterAnswer,
  footholdAnswer,
  inventoryAnswer,
  skillsAnswer,
  templateAnswer,
  USUAL_TEMPLATE,
} from './answers.ts';
import type { StubAsset, StubDocument, StubTemplate } from './answers.ts';
import { faultsOf, questionOf, SERVICES } from './requests.ts';
import type { StubQuestion, StubService } from './requests.ts';

/** How a service can fail: late (3 s), with a status, with a body that is no document or a wrong one, with a closed connection, with too large a body. */
export type StubFailure = 'slow' | '500' | '404' | 'garbage' | 'wrong-shape' | 'refused' | 'too-large';

export interface StubOptions {
  /** 0 is any free one. */
  readonly port?: number;
  /** The time until each answer. */
  readonly delayMs?: number;
  /** Templates that differ from the usual one, by templateId; null makes a template unknown. */
  readonly templates?: ReadonlyMap<number, StubTemplate | null>;
}

export interface Stub {
  /** The base URL of all services. */
  readonly baseUrl: string;
  /** Counts the requests that arrived, by service. */
  readonly requests: Record<StubService, number>;
  /** The faults of requests, the first 1,000. */
  readonly violations: readonly string[];
  /** Makes the service fail in this way from now on, or no longer; with an id only requests about that id. */
  fail(service: StubService, failure: StubFailure | undefined, id?: number): void;
  /** Sets the assets in the cash compartment of a character; it is empty before. */
  setInventory(characterId: number, assets: readonly StubAsset[]): void;
  close(): Promise<void>;
}

const BASE_PATH = '/api/';
const SLOW_MS = 3_000;
const LARGE_BYTES = 5 * 1024 * 1024;
const MAX_VIOLATIONS = 1_000;

/** Starts the stand-in on 127.0.0.1. */
export async function startStub({ port = 0, delayMs = 0, templates }: StubOptions = {}): Promise<Stub> {
  const requests = { characters: 0, data: 0, inventory: 0, skills: 0 };
  const violations: string[] = [];
  const failures = new Map<string, StubFailure>();
  const inventories = new Map<number, readonly StubAsset[]>();

  function answerTo(question: StubQuestion): StubDocument | undefined {
    switch (question.about) {
      case 'character':
        return characterAnswer(question.id);
      case 'foothold':
        return footholdAnswer(question.id);
      case 'template': {
        const template = templates?.get(question.id);
        return template === null ? undefined : templateAnswer(question.id, template ?? USUAL_TEMPLATE);
      }
      case 'inventory':
        return inventoryAnswer(question.id, inventories.get(question.id) ?? []);
      case 'skills':
        return skillsAnswer(question.id, question.page);
    }
  }

  function handle(request: IncomingMessage, response: ServerResponse, body: string): void {
    const { url = '', method = '' } = request;
    const question = url.startsWith(BASE_PATH) ? questionOf(url.slice(BASE_PATH.length)) : undefined;
    if (violations.length < MAX_VIOLATIONS)
      violations.push(...faultsOf(request, question, body).map((fault) => `${method} ${url}: ${fault}`));
    if (question === undefined) return send(response, 404, NOT_FOUND);
    requests[question.service] += 1;
    const failure = failures.get(question.service) ?? failures.get(`${question.service} ${question.id}`);
    if (failure === 'refused') return void request.socket.destroy();
    const [status, text] = textOf(failure, () => answerTo(question), STATUS_OF_MISSING[question.about]);
    const waitMs = failure === 'slow' ? SLOW_MS : delayMs;
    if (waitMs === 0) send(response, status, text);
    else setTimeout(send, waitMs, response, status, text).unref();
  }

  const server = createServer((request, response) => {
    if (request.headers['content-length'] === undefined) return handle(request, response, '');
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => handle(request, response, body));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${BASE_PATH}`,
    requests,
    violations,
    fail(service, failure, id) {
      const key = id === undefined ? service : `${service} ${id}`;
      if (failure) failures.set(key, failure);
      else failures.delete(key);
    },
    setInventory: (characterId, assets) => void inventories.set(characterId, assets),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const NOT_FOUND = '{"errors":[{"status":"404","title":"Not Found"}]}';
/** The status with which the public Go services answer that a resource does not exist. */
const STATUS_OF_MISSING = { character: 404, foothold: 500, template: 404, inventory: 404, skills: 404 } as const;

function textOf(
  failure: StubFailure | undefined,
  answer: () => StubDocument | undefined,
  missingStatus: 404 | 500,
): [status: number, text: string] {
  if (failure === '500') return [500, ''];
  if (failure === 'garbage') return [200, '<html>\nnot what you asked for'];
  if (failure === 'wrong-shape') return [200, '{"data":{"type":"errors","id":"1","attributes":{}},"included":[7]}'];
  if (failure === 'too-large') return [200, JSON.stringify({ data: ' '.repeat(LARGE_BYTES) })];
  if (failure === '404') return [404, NOT_FOUND];
  const document = answer();
  if (document !== undefined) return [200, JSON.stringify(document)];
  return missingStatus === 404 ? [404, NOT_FOUND] : [500, ''];
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'application/vnd.api+json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

const COMMAND = 'node scripts/services/stub.ts';
const HELP = `Usage: ${COMMAND} [--port <port>] [--delay <milliseconds>]

Stands in for the characters, data, inventory and skills services. The first line that it prints is the base URL of all of them. When
it ends it prints the number of requests to each, and their faults.

  --port    the port on 127.0.0.1 (default: any free one)
  --delay   milliseconds until an answer (default: 0)
  --help    show this`;

if (import.meta.main) {
  const values = options(COMMAND, HELP, { port: { type: 'string' }, delay: { type: 'string' } });
  const stub = await startStub({ port: Number(values.port ?? 0), delayMs: Number(values.delay ?? 0) });
  console.log(stub.baseUrl);
  const end = endSignal();
  if (!end.aborted) await once(end, 'abort');
  for (const service of SERVICES) console.log(`${service} ${stub.requests[service]}`);
  for (const violation of stub.violations) console.log(`violation: ${violation}`);
  await stub.close();
}
