import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { mustExist } from '../invariant.ts';
import { answerBeforeHttp } from './answers.ts';

interface ClientConnection {
  /** Requests without a complete answer, oldest first, each with its answer. */
  readonly inFlight: Map<IncomingMessage, ServerResponse>;
  latest?: IncomingMessage;
  /** The answer to input that is not HTTP. It is sent after the answers in flight. */
  finalAnswer?: string;
}

/**
 * Tracks the connections of a server and their requests in flight. Beyond `max` connections it closes one for each new one:
 * the one that has been idle for longest, so that idle clients never keep a new client out; if none is idle, one whose client
 * does not read an answer that is ready. One of the two always exists, because far fewer requests than `max` are in progress.
 */
export class Connections {
  readonly #open = new Map<Socket, ClientConnection>();
  /** Connections without a request in flight, the longest idle first. */
  readonly #idle = new Set<Socket>();
  readonly #max: number;

  constructor(server: Server, max: number) {
    this.#max = max;
    server.on('connection', (socket: Socket) => {
      this.#opened(socket);
    });
    // Before the handler, which may answer immediately.
    server.prependListener('request', (request, response) => {
      this.#began(request, response);
      response.once('close', () => {
        this.#answered(request);
      });
    });
  }

  /**
   * Ends a connection on which something other than HTTP arrived. Earlier requests still get their answers: a client must
   * not take a request that was processed for one that was refused.
   */
  endMalformed(error: { readonly code?: string }, socket: Socket): void {
    const connection = this.#open.get(socket);
    if (connection === undefined) {
      socket.destroy();
    } else {
      // Each further chunk of the malformed input raises this error again.
      connection.finalAnswer ??= answerBeforeHttp(error);
      if (!hasPendingAnswers(connection)) end(socket, connection);
    }
  }

  /** Returns whether `request` is the newest on its connection. */
  isLatest(request: IncomingMessage): boolean {
    return this.#open.get(request.socket)?.latest === request;
  }

  #opened(socket: Socket): void {
    while (this.#open.size >= this.#max) {
      const other = this.#connectionToClose();
      this.#forget(other ?? socket);
      (other ?? socket).destroy();
      if (other === undefined) return;
    }
    this.#open.set(socket, { inFlight: new Map() });
    this.#idle.add(socket);
    socket.once('close', () => {
      this.#forget(socket);
    });
  }

  /** Returns the connection to close for a new one; undefined if each has a request in progress. */
  #connectionToClose(): Socket | undefined {
    for (const socket of this.#idle) return socket;
    for (const [socket, { inFlight }] of this.#open) {
      for (const response of inFlight.values()) {
        if (response.writableEnded) return socket;
        // Later answers on this connection wait for the first.
        break;
      }
    }
    return undefined;
  }

  #forget(socket: Socket): void {
    this.#open.delete(socket);
    this.#idle.delete(socket);
  }

  #began(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#open.get(request.socket);
    if (connection === undefined) return;
    connection.inFlight.set(request, response);
    connection.latest = request;
    this.#idle.delete(request.socket);
  }

  #answered(request: IncomingMessage): void {
    const { socket } = request;
    const connection = this.#open.get(socket);
    if (connection === undefined) return;
    connection.inFlight.delete(request);
    if (connection.finalAnswer !== undefined && !hasPendingAnswers(connection)) end(socket, connection);
    else if (connection.inFlight.size === 0) this.#idle.add(socket);
  }
}

/** Returns whether a request that has arrived completely has no complete answer yet. */
function hasPendingAnswers({ inFlight }: ClientConnection): boolean {
  return [...inFlight.keys()].some(({ complete }) => complete);
}

function end(socket: Socket, { inFlight, latest, finalAnswer }: ClientConnection): void {
  // A request that was answered before it had arrived completely gets no second answer.
  const wasAnswered = latest !== undefined && !latest.complete && !inFlight.has(latest);
  if (socket.writable && !wasAnswered) socket.write(mustExist(finalAnswer, 'the final answer'));
  // Closes both directions: a connection that stays half open would still count.
  socket.destroySoon();
}
