import type { Socket } from 'node:net';

/**
 * Limits an exception of a client library, thrown while it handles data of a socket, to that socket. The socket is destroyed
 * with the error, as if the connection had broken; the library then reports an outage and reconnects. Without the guard the
 * exception would end the process, because an exception in an event listener cannot be caught elsewhere.
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
