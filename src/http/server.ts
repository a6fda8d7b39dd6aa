import { fastify } from 'fastify';
import type { Readiness } from '../readiness.ts';

export interface HttpServer {
  /** Where it listens. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts the HTTP side: `/livez` (the process is up) and `/readyz` (it does its work: 200, else 503; each part with
 * `ok` or with what it lacks).
 */
export async function startHttp(host: string, port: number, readiness: Readiness): Promise<HttpServer> {
  const app = fastify({ forceCloseConnections: true });
  app.get('/livez', () => ({ status: 'ok' }));
  app.get('/readyz', (_request, reply) =>
    reply.code(readiness.ready ? 200 : 503).send({ status: readiness.ready ? 'ready' : 'not ready', parts: readiness }),
  );
  const url = await app.listen({ host, port }).catch((error: unknown) => {
    throw new Error(`HTTP cannot listen on ${host}:${String(port)}: set HTTP_PORT or HTTP_HOST`, { cause: error });
  });
  return { url, close: () => app.close() };
}
