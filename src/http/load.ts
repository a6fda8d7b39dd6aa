import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { RETRY_AFTER } from './answers.ts';
import { RequestError } from './json-api.ts';

/** Requests that are under way at once: an answer that nobody takes costs its memory until its connection is ended. */
const MOST = { all: 100, connection: 10 } as const;

/** Refuses what is more than can be under way at once, in all or on one connection. */
export function limitLoad(api: FastifyInstance): void {
  let all = 0;
  const byConnection = new WeakMap<Socket, number>();

  function begin({ socket }: IncomingMessage): boolean {
    const own = byConnection.get(socket) ?? 0;
    if (all >= MOST.all || own >= MOST.connection) return false;
    all += 1;
    byConnection.set(socket, own + 1);
    return true;
  }

  function end({ socket }: IncomingMessage): void {
    all -= 1;
    byConnection.set(socket, (byConnection.get(socket) ?? 1) - 1);
  }

  api.addHook('onRequest', ({ raw }, reply, done) => {
    if (begin(raw)) {
      reply.raw.once('close', () => {
        end(raw);
      });
      done();
      return;
    }
    const what = 'More requests are under way than can be';
    done(new RequestError([{ status: 503, code: 'OVERLOADED', what }], RETRY_AFTER));
  });
}
