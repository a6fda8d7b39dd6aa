import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { RETRY_AFTER_SECONDS } from './answers.ts';
import { RequestError } from './json-api.ts';

export interface MaxInFlight {
  readonly total: number;
  /** Of one connection. */
  readonly perConnection: number;
}

/**
 * Refuses the requests of a scope beyond so many in flight, in all or on one connection. An answer that nobody reads is in
 * flight, and costs its memory, until its connection is closed. Each kind of request has a scope and a bound of its own, so
 * that none of them uses up the room of the others.
 */
export function limitInFlight(scope: FastifyInstance, max: MaxInFlight): void {
  let total = 0;
  const byConnection = new WeakMap<Socket, number>();

  function begin({ socket }: IncomingMessage): boolean {
    const own = byConnection.get(socket) ?? 0;
    if (total >= max.total || own >= max.perConnection) return false;
    total += 1;
    byConnection.set(socket, own + 1);
    return true;
  }

  function end({ socket }: IncomingMessage): void {
    total -= 1;
    byConnection.set(socket, (byConnection.get(socket) ?? 1) - 1);
  }

  scope.addHook('onRequest', ({ raw }, reply, done) => {
    if (begin(raw)) {
      reply.raw.once('close', () => {
        end(raw);
      });
      done();
      return;
    }
    const what = 'Too many requests of this kind are in flight';
    done(new RequestError([{ status: 503, code: 'OVERLOADED', what }], RETRY_AFTER_SECONDS));
  });
}
