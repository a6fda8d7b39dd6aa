import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { mustExist } from '../invariant.ts';
import { RETRY_AFTER_SECONDS } from './answers.ts';
import { RequestError } from './json-api.ts';

export interface MaxInFlight {
  readonly total: number;
  readonly perConnection: number;
}

/**
 * Limits the requests in flight of a fastify scope, in total and per connection, and refuses further ones with 503. A request is
 * in flight until its answer has been sent: an answer that its client does not read costs memory until the connection is closed.
 * Each kind of request has a scope and a limit of its own, so that no kind can use up the capacity of another.
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
    byConnection.set(socket, mustExist(byConnection.get(socket), 'the count of a connection') - 1);
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
