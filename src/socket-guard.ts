import type { Socket } from 'node:net';

/**
 * Keeps what a client library throws while it handles the data of a socket to that socket: it is destroyed with the error, as
 * if the connection had broken, and the library reports an outage and connects anew. Without this the exception would end
 * the process: it is thrown out of an event, where nobody can catch it.
 *
 * @returns the same socket.
 */
export function guardSocket<Guarded extends Socket>(socket: Guarded): Guarded {
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...values: unknown[]) => boolean;
  socket.emit = (event: string | symbol, ...values: unknown[]) => {
    if (event !== 'data') return emit(event, ...values);
    try {
      return emit(event, ...values);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
      return true;
    }
  };
  return socket;
}
