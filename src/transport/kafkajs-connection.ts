import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { ConnectionFault } from './connection-fault.ts';
import { faultOf } from './kafkajs-socket.ts';

/** The buffer of received bytes of kafkajs' Connection. */
export interface Buffered {
  chunks: readonly Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  isConnected(): boolean;
}

/** The size before each response. */
const SIZE_BYTES = 4;

/**
 * Drops the incomplete response of a broken connection before a reconnect. kafkajs 2.2.4 keeps it and appends the bytes of the
 * new connection: it reads sizes from the middle of records, the decoder throws a RangeError or waits for gigabytes, and the
 * connection never works again.
 */
export function forgetPartialResponse(connection: Buffered): void {
  if (connection.isConnected()) return;
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = SIZE_BYTES;
}

interface KafkaConnection extends Buffered {
  readonly broker: string;
  readonly socket?: Socket;
  /** The login; null without one. */
  readonly sasl: object | null;
  /** The number of the next request. */
  readonly correlationId: number;
  connect(): Promise<boolean>;
  rejectRequests(error: Error): void;
  failIfNotConnected(): void;
}

const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/connection') as {
  prototype: KafkaConnection;
};
const { connect, rejectRequests, failIfNotConnected } = prototype;
const connecting = new WeakMap<KafkaConnection, Promise<boolean>>();

/** Connects once at a time. kafkajs opens another socket for each request meanwhile, and loses all except the last. */
prototype.connect = function () {
  const current = connecting.get(this);
  if (current !== undefined) return current;
  forgetPartialResponse(this);
  const attempt = connect.call(this).finally(() => connecting.delete(this));
  connecting.set(this, attempt);
  return attempt;
};

/** Adds the reason of the socket to every error of a connection. kafkajs keeps only its text. */
prototype.rejectRequests = function (error) {
  addFault(this, error);
  rejectRequests.call(this, error);
};

prototype.failIfNotConnected = function () {
  try {
    failIfNotConnected.call(this);
  } catch (error) {
    addFault(this, error as Error);
    throw error;
  }
};

function addFault(connection: KafkaConnection, error: Error): void {
  const { broker, socket } = connection;
  error.cause ??= socket && faultOf(socket);
  if (!wantsLogin(connection, error)) return;
  const what = 'The broker closed the connection at the first request, as a listener that requires a login does';
  error.cause ??= new ConnectionFault('BROKER_LOGIN_REFUSED', what, broker);
}

/** A listener that wants a login answers a client without one only the first request, about the versions of the protocol. */
function wantsLogin({ sasl, correlationId }: KafkaConnection, { name }: Error): boolean {
  return sasl === null && correlationId === 2 && name === 'KafkaJSConnectionClosedError';
}
