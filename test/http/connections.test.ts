/** Which connection the server closes if a new one exceeds the maximum. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Connections } from '../../src/http/connections.ts';

const MAX = 3;
/** More than the buffers of a connection hold. */
const LARGE = Buffer.alloc(50_000_000);

let server: Server;
let clients: Socket[];
/** Answers to requests that the server still handles. */
let pending: ServerResponse[];
beforeEach(async () => {
  clients = [];
  pending = [];
  server = createServer((request, response) => {
    if (request.url === '/slow') pending.push(response);
    else response.end(request.url === '/large' ? LARGE : 'small');
    server.emit('arrived');
  });
  new Connections(server, MAX);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const client of clients) client.destroy();
  server.close();
});

async function open(): Promise<Socket> {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  clients.push(client);
  client.on('error', () => undefined);
  await once(client, 'connect');
  return client;
}

/** Sends a request on a new connection, and reads nothing of the answer. */
async function ask(path: string): Promise<Socket> {
  const client = (await open()).pause();
  const arrived = once(server, 'arrived');
  client.write(`GET ${path} HTTP/1.1\r\nHost: pets\r\n\r\n`);
  await arrived;
  return client;
}

/** Returns whether the server sends the text at the end of an answer before it closes the connection. */
async function read(client: Socket, text: string): Promise<boolean> {
  let read = '';
  for await (const chunk of client as AsyncIterable<Buffer>) {
    read += chunk.toString('latin1');
    if (read.endsWith(text)) return true;
  }
  return false;
}

it('closes the oldest connection whose client does not read its answer if no connection is idle', async () => {
  const slow = await ask('/slow');
  const [first, second] = [await ask('/large'), await ask('/large')];
  expect(await read(await ask('/small'), 'small')).toBe(true);
  expect(await read(first, '\0'.repeat(LARGE.length))).toBe(false);
  pending[0]?.end('done');
  expect(await read(slow, 'done')).toBe(true);
  second.destroy();
});

it('closes an idle connection before one whose client does not read its answer', async () => {
  const large = await ask('/large');
  const idle = await open();
  await ask('/slow');
  await ask('/slow');
  expect(await read(idle.resume(), 'x')).toBe(false);
  let bytes = 0;
  for await (const chunk of large as AsyncIterable<Buffer>) if ((bytes += chunk.length) > LARGE.length) break;
  expect(bytes).toBeGreaterThan(LARGE.length);
});

it('closes the new connection if all others have a request in progress', async () => {
  for (let n = 0; n < MAX; n += 1) await ask('/slow');
  expect(await read(await open(), 'x')).toBe(false);
  expect(pending.map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
});
