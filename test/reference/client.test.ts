import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client } from '../../src/reference/client.ts';
import type { ClientOptions } from '../../src/reference/client.ts';
import { integer, object, readerOf } from '../../src/reference/json-api.ts';
import { FailedQuestionError, OutageError } from '../../src/reference/source.ts';
import type { ReferenceServiceError } from '../../src/reference/source.ts';
import { ASKER } from '../support/asker.ts';

const read = readerOf<{ value: number }>(object({ value: integer(0, 9) }));
const seen: { url: string; headers: IncomingHttpHeaders; body: string }[] = [];
const clients: Client[] = [];
let server: Server;
/** How the server answers, once it has read the request. */
let answer: RequestListener;

beforeEach(async () => {
  answer = (_request, response) => response.end('{"value":7}');
  server = createServer((request, response) => {
    const entry = { url: request.url ?? '', headers: request.headers, body: '' };
    seen.push(entry);
    request.on('data', (chunk: Buffer) => (entry.body += chunk.toString()));
    request.on('end', () => answer(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  seen.length = 0;
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

const port = () => (server.address() as AddressInfo).port;

function open(options: Partial<ClientOptions> = {}): Client {
  const client = new Client({ service: 'things', baseUrl: `http://127.0.0.1:${port()}/api`, ...options });
  clients.push(client);
  return client;
}

async function errorOf(
  promise: Promise<unknown>,
  kind: typeof OutageError | typeof FailedQuestionError = OutageError,
): Promise<ReferenceServiceError> {
  const error: unknown = await promise.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(kind);
  return error as ReferenceServiceError;
}

describe('a request', () => {
  it('has headers for tenant, trace and accepted media type, and a path below the base URL with or without a final slash', async () => {
    const { TENANT_ID, REGION, traceparent } = ASKER;
    for (const end of ['', '/', '//']) {
      const client = open({ baseUrl: `http://127.0.0.1:${port()}/api${end}` });
      expect(await client.get(ASKER, 'things/1?fields[things]=a,b', read)).toEqual({ value: 7 });
      expect(seen.pop()).toMatchObject({
        url: '/api/things/1?fields[things]=a,b',
        headers: {
          accept: 'application/vnd.api+json',
          tenant_id: TENANT_ID,
          region: REGION,
          major_version: '83',
          minor_version: '1',
          traceparent,
        },
        body: '',
      });
    }
    expect(await open({ baseUrl: `http://127.0.0.1:${port()}` }).get(ASKER, 'a', read)).toEqual({ value: 7 });
    expect(seen.pop()!.url).toBe('/a');
  });

  it('may send a document', async () => {
    await open().post(ASKER, 'things', { data: 'é' }, read);
    expect(seen).toMatchObject([{ headers: { 'content-type': 'application/vnd.api+json' }, body: '{"data":"é"}' }]);
  });

  it.each([
    ['a\r\nb\0\t\x7f%', 'a%0D%0Ab%00%09%7F%'],
    [' G M S ', '%20G M S%20'],
    ['\n', '%0A'],
  ])('sends the region %j as %s', async (REGION, expected) => {
    await open().get({ ...ASKER, REGION }, 'a', read);
    expect(seen[0]!.headers).toMatchObject({ region: expected });
  });

  it.each([
    [Buffer.from('prod-7'), 'prod-7'],
    [Buffer.from('grün'), 'gr\u00c3\u00bcn'],
    [Buffer.from([0x20, 0x00, 0xff, 0x0d, 0x20]), '%20%00\u00ff%0D%20'],
  ])('sends the forwarded header %j as %j', async (bytes, expected) => {
    await open().get({ ...ASKER, forwarded: { ENVIRONMENT: bytes } }, 'a', read);
    expect(seen[0]!.headers).toMatchObject({ environment: expected });
  });

  it('is not shared by callers whose forwarded headers differ: another service may answer', async () => {
    const client = open();
    const environments = ['a', 'b', 'a'].map((name) => ({ ...ASKER, forwarded: { ENVIRONMENT: Buffer.from(name) } }));
    await Promise.all(environments.map((context) => client.get(context, 'a', read)));
    expect(seen.map(({ headers }) => headers['environment']).sort()).toEqual(['a', 'b']);
  });

  it('sends the credentials of the base URL, and never logs them', async () => {
    answer = (_request, response) => response.writeHead(500).end();
    const client = open({ baseUrl: `http://pets:se%40cret@127.0.0.1:${port()}/api` });
    const error = await errorOf(client.get(ASKER, 'a', read), FailedQuestionError);
    expect(seen[0]!.headers.authorization).toBe(`Basic ${Buffer.from('pets:se@cret').toString('base64')}`);
    expect(`${error.message} ${error.stack ?? ''} ${JSON.stringify(error.cause)}`).not.toMatch(/cret/);
  });
});

describe('an answer', () => {
  it('with status 404 is undefined', async () => {
    answer = (_request, response) => response.writeHead(404).end('<html>');
    expect(await open().get(ASKER, 'a', read)).toBeUndefined();
    expect(seen).toHaveLength(1);
  });

  it.each<[string, RequestListener, RegExp]>([
    ['status 502', (_request, response) => response.writeHead(502).end(), /: status 502 /],
    ['status 503', (_request, response) => response.writeHead(503).end('oh\nno'), /: status 503 /],
    ['status 504', (_request, response) => response.writeHead(504).end(), /: status 504 /],
    [
      'half of a 500',
      (request, response) => response.writeHead(500).write('{', () => request.socket.destroy()),
      /: \S/,
    ],
    ['no content', (_request, response) => response.writeHead(204).end(), /: the answer is not JSON /],
    ['no JSON', (_request, response) => response.end('<html>\nsecret'), /: the answer is not JSON /],
    ['another shape', (_request, response) => response.end('{"value":10}'), /: \/value must be <= 9 /],
    ['a closed connection', (request) => request.socket.destroy(), /: other side closed /],
    ['half an answer', (request, response) => response.write('{', () => request.socket.destroy()), /: \S/],
    ['an answer of over 4 MiB', (_request, response) => response.end(' '.repeat(4 * 1024 * 1024 + 1)), /: .*size/i],
  ])('%s is an outage after 3 tries, with an error of one line', async (_what, listener, reason) => {
    answer = listener;
    const { message } = await errorOf(open().get(ASKER, 'a/1', read));
    expect(message).toMatch(/^things service, GET a\/1: .* \(try 3 of 3\)$/);
    expect(message).toMatch(reason);
    expect(message).not.toContain('secret');
    expect(seen).toHaveLength(3);
  });

  it.each<[string, RequestListener, RegExp]>([
    ['status 500', (_request, response) => response.writeHead(500).end('oh\nno'), /: status 500 /],
    ['status 400', (_request, response) => response.writeHead(400).end(), /: status 400 /],
    ['a redirect', (_request, response) => response.writeHead(302, { location: '/api/b' }).end(), /: status 302 /],
  ])('%s in all 3 tries is a failed question, with an error of one line', async (_what, listener, reason) => {
    answer = listener;
    const { message } = await errorOf(open().get(ASKER, 'a/1', read), FailedQuestionError);
    expect(message).toMatch(/^things service, GET a\/1: .* \(try 3 of 3\)$/);
    expect(message).toMatch(reason);
    expect(seen).toHaveLength(3);
  });

  it.each([1, 2, 3])('with status 500 is an outage if try %i got no answer', async (missing) => {
    answer = (request, response) => {
      if (seen.length === missing) request.socket.destroy();
      else response.writeHead(500).end();
    };
    await errorOf(open().get(ASKER, 'a', read), OutageError);
    expect(seen).toHaveLength(3);
  });

  it('that the reader rejects causes an error of one line, whatever its message', async () => {
    const { message } = await errorOf(
      open().get(ASKER, 'a', () => {
        throw new Error('no\n\tword');
      }),
    );
    expect(message).toBe('things service, GET a: no word (try 3 of 3)');
  });

  it('of 4 MiB is read', async () => {
    answer = (_request, response) => response.end('{"value":7}'.padEnd(4 * 1024 * 1024));
    expect(await open().get(ASKER, 'a', read)).toEqual({ value: 7 });
  });

  it('to a later try is returned', async () => {
    const success = answer;
    answer = (request, response) => (seen.length < 3 ? response.writeHead(503).end() : success(request, response));
    expect(await open().get(ASKER, 'a', read)).toEqual({ value: 7 });
    expect(seen).toHaveLength(3);
  });

  it('does not come if nothing listens on the port', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port: unusedPort } = free.address() as AddressInfo;
    free.close();
    const { message } = await errorOf(open({ baseUrl: `http://127.0.0.1:${unusedPort}` }).get(ASKER, 'a', read));
    expect(message).toMatch(/ECONNREFUSED.* \(try 3 of 3\)$/);
  });
});

describe('the time limit', () => {
  it('applies to the whole answer of each try', async () => {
    answer = (_request, response) => {
      const drip = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(drip));
    };
    const began = performance.now();
    const { message } = await errorOf(open({ timeLimitMs: 100 }).get(ASKER, 'a', read));
    expect(message).toContain('no answer within 100 ms');
    expect(seen).toHaveLength(3);
    expect(performance.now() - began).toBeGreaterThan(300);
  });

  it('does not include the wait for a free request slot', async () => {
    // 128 at a time, each taking 0.5 of 2.5 s: the last of them waits for 3 s.
    let maxInFlight = 0;
    let inFlight = 0;
    answer = (_request, response) => {
      maxInFlight = Math.max(maxInFlight, (inFlight += 1));
      setTimeout(() => {
        inFlight -= 1;
        response.end('{"value":7}');
      }, 500);
    };
    const client = open({ timeLimitMs: 2_500 });
    await Promise.all(Array.from({ length: 128 * 7 }, (_, id) => client.get(ASKER, `a/${id}`, read)));
    expect(seen).toHaveLength(128 * 7);
    expect(maxInFlight).toBe(128);
  });
});

describe('the same request', () => {
  it('is sent once for all callers while it is in flight', async () => {
    const client = open();
    const answers = [ASKER, { ...ASKER, traceparent: ASKER.traceparent.replace('01', '00') }].flatMap((context) => [
      client.get(context, 'a', read),
      client.get(context, 'a', read),
    ]);
    expect(await Promise.all(answers)).toEqual(Array(4).fill({ value: 7 }));
    expect(seen).toHaveLength(1);
    await client.get(ASKER, 'a', read);
    expect(seen).toHaveLength(2);
  });

  it('has the same tenant, path and document: others are sent separately', async () => {
    const client = open();
    const others = [{ TENANT_ID: 'f'.repeat(36) }, { REGION: 'JMS' }, { MAJOR_VERSION: 8 }, { MINOR_VERSION: 2 }];
    await Promise.all([
      ...[{}, ...others].map((other) => client.get({ ...ASKER, ...other }, 'a', read)),
      client.get(ASKER, 'b', read),
      client.post(ASKER, 'a', 1, read),
      client.post(ASKER, 'a', 2, read),
    ]);
    expect(seen).toHaveLength(8);
  });

  it('fails for all callers', async () => {
    answer = (_request, response) => response.writeHead(500).end();
    const client = open();
    const ask = () => errorOf(client.get(ASKER, 'a', read), FailedQuestionError);
    await Promise.all([ask(), ask()]);
    expect(seen).toHaveLength(3);
  });
});

describe('a question that fails', () => {
  const verdictOf = async (client: Client, path: string, context = ASKER) => {
    const error: unknown = await client.get(context, path, read).catch((caught: unknown) => caught);
    return error instanceof FailedQuestionError ? error.verdict : error;
  };
  const clock = { time: 1, now: () => clock.time };
  /** Answers everything except b with 500. */
  const failing: RequestListener = ({ url }, response) =>
    url === '/api/b' ? response.end('{"value":7}') : response.writeHead(500).end();

  it('for long is given up if the service answers others', async () => {
    answer = failing;
    const client = open({ clock, maxQuestionRetryMs: 1_000 });
    expect(await verdictOf(client, 'a')).toBe('ask again');
    await client.get(ASKER, 'b', read);
    clock.time += 1_000;
    expect(await verdictOf(client, 'a')).toBe('give up');
    expect(await verdictOf(client, 'c')).toBe('ask again');
    expect(client.outage).toBeUndefined();
  });

  it('for long is an outage if the service answers no other', async () => {
    answer = failing;
    const client = open({ clock, maxQuestionRetryMs: 1_000 });
    expect(await verdictOf(client, 'a')).toBe('ask again');
    expect(client.outage).toBeUndefined();
    clock.time += 1_000;
    expect(await verdictOf(client, 'a')).toBe('outage');
    expect(client.outage?.message).toContain('GET a: status 500');
    await client.get(ASKER, 'b', read);
    expect(client.outage).toBeUndefined();
  });

  it('counts for its tenant only', async () => {
    answer = failing;
    const client = open({ clock, maxQuestionRetryMs: 1_000 });
    expect(await verdictOf(client, 'a')).toBe('ask again');
    await client.get(ASKER, 'b', read);
    clock.time += 1_000;
    expect(await verdictOf(client, 'a', { ...ASKER, REGION: 'JMS' })).toBe('ask again');
  });
});

describe('the end of a client', () => {
  it.each(['stop', 'close'])('by %s aborts a request in flight, without another try', async (by) => {
    const stop = new AbortController();
    const client = open({ stop: stop.signal });
    const arrived = new Promise<void>((resolve) => (answer = () => resolve()));
    const error = errorOf(client.get(ASKER, 'a', read));
    await arrived;
    if (by === 'stop') stop.abort();
    else await client.close();
    expect((await error).message).toBe('things service, GET a: the client is closed (try 1 of 3)');
    expect(seen).toHaveLength(1);
  });

  it('aborts a wait between tries', async () => {
    const stop = new AbortController();
    // The length of the wait is random, here minutes; the wait has begun once the client has drawn it.
    const random = jest.spyOn(Math, 'random').mockImplementation(() => {
      setImmediate(() => stop.abort());
      return 10_000;
    });
    answer = (_request, response) => response.writeHead(500).end();
    const { message } = await errorOf(open({ stop: stop.signal }).get(ASKER, 'a', read));
    expect(message).toBe('things service, GET a: status 500 (try 1 of 3)');
    random.mockRestore();
  });

  it('prevents further requests', async () => {
    const client = open({ stop: AbortSignal.abort() });
    await errorOf(client.get(ASKER, 'a', read));
    expect(seen).toHaveLength(0);
  });
});
