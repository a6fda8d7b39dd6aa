/** An error that kafkajs throws while it reads from a socket affects only that connection. */
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { connectKafka } from '../../src/transport/kafkajs.ts';
import { socketFactory } from '../../src/transport/kafkajs-socket.ts';
import { required } from '../support/database.ts';
import { until } from '../support/until.ts';

interface KafkaConnection {
  readonly socket: Socket;
  connect(): Promise<boolean>;
  disconnect(): Promise<boolean>;
  send(exchange: object): Promise<Buffer>;
}

const require = createRequire(import.meta.url);
const Encoder = require('kafkajs/src/protocol/encoder') as new () => object;
const Connection = require('kafkajs/src/network/connection') as {
  new (options: object): KafkaConnection;
  readonly prototype: { processData(data: Buffer): void };
};

function newConnection(port: number, secureContext?: () => SecureContext): KafkaConnection {
  const log = { namespace: () => log, debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };
  return new Connection({
    host: '127.0.0.1',
    port,
    logger: log,
    socketFactory: socketFactory(secureContext),
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
  });
}

afterAll(() => {
  jest.restoreAllMocks();
});

it('the process and the client work again after the decoder threw 3 times', async () => {
  const broker = await connectKafka({
    brokers: required('TEST_KAFKA_BROKERS').split(','),
    security: {},
    clientId: randomUUID(),
    sessionTimeoutMs: 6_000,
    compression: 'none',
    maxBatchBytes: 64 * 1024 * 1024,
    log: createLog('silent'),
  });
  let thrown = 0;
  const read = Object.getOwnPropertyDescriptor(Connection.prototype, 'processData')?.value as (data: Buffer) => void;
  jest.spyOn(Connection.prototype, 'processData').mockImplementation(function (this: unknown, data) {
    if (thrown >= 3) {
      read.call(this, data);
      return;
    }
    thrown += 1;
    throw new RangeError('The value of "offset" is out of range');
  });
  const ask = () => broker.missingTopics(['no-such-topic']);
  await until('it never answers again', () => ask().then((missing) => missing.length === 1, () => false)); // prettier-ignore
  expect(thrown).toBe(3);
  await broker.close();
});

it('drops a truncated response when its connection ends, so that it does not corrupt the next one', async () => {
  const CORRELATION_ID_AT = 8;
  const answer = Buffer.from('all of it');
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.once('data', (request: Buffer) => {
      const head = Buffer.alloc(8);
      head.writeInt32BE(4 + answer.length);
      request.copy(head, 4, CORRELATION_ID_AT, CORRELATION_ID_AT + 4);
      const response = Buffer.concat([head, answer]);
      if (connections > 1) socket.write(response);
      else socket.end(response.subarray(0, response.length - 3));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = newConnection((server.address() as AddressInfo).port);
  const ask = async () => {
    await connection.connect();
    return connection.send({
      request: {
        apiKey: 3,
        apiVersion: 0,
        apiName: 'Metadata',
        encode: () => Promise.resolve(new Encoder()),
      },
      response: { decode: (raw: Buffer) => Promise.resolve(raw), parse: (raw: Buffer) => Promise.resolve(raw) },
    });
  };
  try {
    await expect(ask()).rejects.toThrow('Closed connection');
    expect(await ask()).toEqual(answer);
  } finally {
    await connection.disconnect();
    server.close();
  }
});

it('opens one connection for several concurrent requests', async () => {
  let connections = 0;
  const server = createServer(() => (connections += 1));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const connection = newConnection((server.address() as AddressInfo).port);
  await Promise.all([connection.connect(), connection.connect(), connection.connect()]);
  await until('no connection is opened', () => Promise.resolve(connections > 0));
  await connection.disconnect();
  server.close();
  expect(connections).toBe(1);
});

describe('a broker that accepts connections and sends nothing', () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => {
    server.close();
  });
  const port = () => (server.address() as AddressInfo).port;
  const untilClosed = ({ socket }: KafkaConnection) =>
    until('the socket is still open', () => Promise.resolve(socket.destroyed));

  it('does not keep the socket of a disconnected connection open', async () => {
    const connection = newConnection(port());
    await connection.connect();
    await connection.disconnect();
    await untilClosed(connection);
  });

  it('does not keep the socket open if it does not answer the TLS handshake', async () => {
    const connection = newConnection(port(), () => createSecureContext());
    await expect(connection.connect()).rejects.toThrow('Connection timeout');
    await untilClosed(connection);
  });
});
