import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { answerBeforeHttp } from './answers.ts';

interface Connection {
  /** Requests whose answer is not finished, oldest first. */
  readonly inFlight: Set<IncomingMessage>;
  latest?: IncomingMessage;
  /** The answer to what is no HTTP; it is sent after those that are owed. */
  lastWords?: string;
}

/**
 * Knows every connection of a server and what it still owes. Beyond `max` connections the ones without a request in
 * flight are closed, the longest resting first, so that resting clients never keep a new one out.
 */
export class Connections {
  readonly #open = new Map<Socket, Connection>();
  /** Connections without a request in flight, the longest resting first. */
  readonly #resting = new Set<Socket>();
  readonly #max: number;

  constructor(server: Server, max: number) {
    this.#max = max;
    server.on('connection', (socket: Socket) => {
      this.#opened(socket);
    });
    // Before the handler: that may answer at once.
    server.prependListener('request', (request, response) => {
      this.#began(request);
      response.once('close', () => {
        this.#answered(request);
      });
    });
  }

  /**
   * Ends a connection on which something else than HTTP has arrived. Requests before it keep their answers: one that was
   * done must not look like one that was refused.
   */
  refuse(error: { readonly code?: string }, socket: Socket): void {
    const connection = this.#open.get(socket);
    if (connection === undefined) {
      socket.destroy();
    } else {
      // Each further piece of it is an error again.
      connection.lastWords ??= answerBeforeHttp(error);
      if (!owesAnswers(connection)) end(socket, connection);
    }
  }

  #opened(socket: Socket): void {
    this.#open.set(socket, { inFlight: new Set() });
    this.#resting.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#resting.delete(socket);
    });
    for (const oldest of this.#resting) {
      if (this.#open.size <= this.#max) break;
      this.#open.delete(oldest);
      this.#resting.delete(oldest);
      oldest.destroy();
    }
  }

  #began(request: IncomingMessage): void {
    const connection = this.#open.get(request.socket);
    if (connection === undefined) return;
    connection.inFlight.add(request);
    connection.latest = request;
    this.#resting.delete(request.socket);
  }

  #answered(request: IncomingMessage): void {
    const { socket } = request;
    const connection = this.#open.get(socket);
    if (connection === undefined) return;
    connection.inFlight.delete(request);
    if (connection.lastWords !== undefined && !owesAnswers(connection)) end(socket, connection);
    else if (connection.inFlight.size === 0) this.#resting.add(socket);
  }
}

/** Whether a request that has arrived completely has no answer yet. */
function owesAnswers({ inFlight }: Connection): boolean {
  return [...inFlight].some(({ complete }) => complete);
}

function end(socket: Socket, { inFlight, latest, lastWords }: Connection): void {
  // A request that was answered before all of it had arrived gets no second answer.
  const wasAnswered = latest !== undefined && !latest.complete && !inFlight.has(latest);
  if (socket.writable && !wasAnswered) socket.write(lastWords ?? '');
  // Not half: a connection whose other side stays open would keep its place.
  socket.destroySoon();
}
