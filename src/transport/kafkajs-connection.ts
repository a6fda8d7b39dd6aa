import { createRequire } from 'node:module';

/** kafkajs' Connection, as far as its buffer of what has come in. */
export interface Buffered {
  chunks: readonly Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  isConnected(): boolean;
}

/** The size before each response. */
const SIZE_BYTES = 4;

/**
 * Forgets the part of a response that a broken connection has left, before connecting anew. kafkajs 2.2.4 keeps it and
 * appends what the new connection brings: sizes are read out of the middle of records, the decoder throws a RangeError or
 * waits for gigabytes, and that connection never works again.
 */
export function forgetPartialResponse(connection: Buffered): void {
  if (connection.isConnected()) return;
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = SIZE_BYTES;
}

const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/connection') as {
  prototype: Buffered & { connect(): Promise<boolean> };
};
const { connect } = prototype;
prototype.connect = function (this: Buffered) {
  forgetPartialResponse(this);
  return connect.call(this);
};
