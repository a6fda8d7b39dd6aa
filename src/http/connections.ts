import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerBeforeHttp } from './answers.ts';

interface ClientConnection {
  /** Requests whose answer is not sent, oldest first, with the answer. */
  readonly inFlight: Map<IncomingMessage, ServerResponse>;
  latest?: IncomingMessage;
  /** The answer to what is no HTTP; it is sent after those that are owed. */
  finalAnswer?: string;
}

/**
 * Knows every connection of a server and what it still owes. Beyond `max` connections the ones without a request in
 * flight are closed, the longest resting first, so that resting clients never keep a new one out; then those that do not take
 * an answer that is ready. As far fewer requests may be worked on than there may be connections, one can always be closed.
 */
export class Connections {
  readonly #open = new Map<Socket, ClientConnection>();
  /** Connections without a request in flight, the longest resting first. */
  readonly #idle = new Set<Socket>();
  readonly #max: number;

  constructor(server: Server, max: number) {
    this.#max = max;
    server.on('connection', (socket: Socket) => {
      this.#opened(socket);
    });
    // Before the handler: that may answer at once.
    server.prependListener('request', (request, response) => {
      this.#began(request, response);
      response.once('close', () => {
        this.#answered(request);
      });
    });
  }

  /**
   * Ends a connection on which something else than HTTP has arrived. Requests before it keep their answers: one that was
   * done must not look like one that was refused.
   */
  endMalformed(error: { readonly code?: string }, socket: Socket): void {
    const connection = this.#open.get(socket);
    if (connection === undefined) {
      socket.destroy();
    } else {
      // Each further piece of it is an error again.
      connection.finalAnswer ??= answerBeforeHttp(error);
      if (!hasPendingAnswers(connection)) end(socket, connection);
    }
  }

  /** Whether no other request has arrived on its connection since. */
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

  /** The connection to close for a new one; undefined if all have a request that is worked on. */
  #connectionToClose(): Socket | undefined {
    for (const socket of this.#idle) return socket;
    for (const [socket, { inFlight }] of this.#open) {
      for (const response of inFlight.values()) {
        if (response.writableEnded) return socket;
        // Answers after it wait for it.
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

/** Whether a request that has arrived completely has no answer yet. */
function hasPendingAnswers({ inFlight }: ClientConnection): boolean {
  return [...inFlight.keys()].some(({ complete }) => complete);
}

function end(socket: Socket, { inFlight, latest, finalAnswer }: ClientConnection): void {
  // A request that was answered before all of it had arrived gets no second answer.
  const wasAnswered = latest !== undefined && !latest.complete && !inFlight.has(latest);
  if (socket.writable && !wasAnswered) socket.write(finalAnswer ?? '');
  // Not half: a connection whose other side stays open would keep its place.
  socket.destroySoon();
}
