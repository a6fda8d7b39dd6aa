import { fastify } from 'fastify';
import type { FastifyError, FastifyInstance } from 'fastify';
import { ServiceError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { metrics, registry } from '../metrics.ts';
import type { Readiness } from '../readiness.ts';
import { atMostEvery } from '../waiting.ts';
import { answerError, MAX_BODY_BYTES } from './answers.ts';
import { compileValidator, parseBody } from './body.ts';
import { Connections } from './connections.ts';
import { JSON_API, requestError } from './json-api.ts';
import { limitInFlight } from './in-flight-limit.ts';
import { addPages } from './pages.ts';
import { petRoutes } from './pets.ts';
import type { PetsOptions } from './pets.ts';
import { compressText, SAFE_HEADERS, sendCompressed } from './compressed-answers.ts';

export interface HttpServer {
  /** Where it listens. */
  readonly url: string;
  close(): Promise<void>;
}

export interface HttpOptions extends PetsOptions {
  readonly host: string;
  readonly port: number;
  readonly readiness: Readiness;
  readonly log: Logger;
}

/**
 * What clients may cost, in milliseconds and connections: a request has to come, an answer to be taken. Between requests a
 * connection may rest for longer than Go's clients keep theirs (90 s), so that none is ended under a request.
 */
const LIMITS = { request: 5_000, silence: 15_000, rest: 100_000, connections: 1_000, stop: 3_000 } as const;

/**
 * Connections that wait to be accepted. Beyond them the kernel drops packets, and a client, a probe for one, waits seconds
 * until it has sent them often enough: there is room for as many as may be open, twice.
 */
const BACKLOG = 2 * LIMITS.connections;

/**
 * Requests in flight at once, by kind. Of probes each connection has its own share: an answer behind one that is slow, or that
 * nobody takes, is in flight too, and other clients could use up a common share that way.
 */
const MAX_IN_FLIGHT = {
  api: { total: 100, perConnection: 10 },
  pages: { total: 50, perConnection: 10 },
  probes: { total: Infinity, perConnection: 2 },
} as const;

/** Milliseconds for which the figures are shown as they were: each look at them costs some milliseconds of everybody. */
const METRICS_EVERY = 1_000;

/**
 * Starts the HTTP side: the pets under `/api`; `/livez` (the process is up), `/readyz` (200 where it takes
 * traffic, else 503; each component with `ok` or with what it lacks), `/metrics` (for Prometheus), and the pages of {@link addPages}.
 *
 * @throws {ServiceError} PORT_TAKEN
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port, readiness } = options;
  const app = fastify({
    // What is under way at a stop comes to its end.
    forceCloseConnections: 'idle',
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: LIMITS.request,
    connectionTimeout: LIMITS.silence,
    keepAliveTimeout: LIMITS.rest,
    http: { headersTimeout: LIMITS.request, connectionsCheckingInterval: 1_000 },
    routerOptions: { ignoreDuplicateSlashes: true, ignoreTrailingSlash: true, maxParamLength: 16_384 },
    clientErrorHandler: (error, socket) => {
      connections.endMalformed(error, socket);
    },
    // What is malformed beyond HTTP never reaches a route.
    frameworkErrors: (error, request, reply) => {
      void answerError(options, error, request, reply);
    },
  });
  const connections = new Connections(app.server, LIMITS.connections);
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(options, error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    const what = `There is nothing at ${request.method} ${path.slice(0, 200)}`;
    return answerError(options, requestError(404, 'PATH_NOT_FOUND', what), request, reply);
  });

  // Outside of the API no body is read.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => {
    done(null);
  });
  app.addHook('onSend', ({ raw }, reply, _payload, next) => {
    // Clients that keep their connections go elsewhere. Requests behind this one keep their answers.
    if (readiness.isStopping && connections.isLatest(raw)) reply.header('connection', 'close');
    next();
  });
  app.addHook('onResponse', ({ method, routeOptions }, reply, done) => {
    const route = routeOptions.url ?? 'none';
    metrics.httpSeconds.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1_000);
    done();
  });
  await app.register(probes(readiness));
  await app.register(pages);
  await app.register(api(options), { prefix: '/api' });

  const url = await app.listen({ host, port, backlog: BACKLOG }).catch((error: unknown) => {
    throw new ServiceError('PORT_TAKEN', `HTTP cannot listen on ${host}:${String(port)}`, error);
  });
  return {
    url,
    async close() {
      const force = setTimeout(() => {
        app.server.closeAllConnections();
      }, LIMITS.stop);
      await app.close();
      clearTimeout(force);
    },
  };
}

function probes(readiness: Readiness) {
  return (scope: FastifyInstance, _: object, done: () => void) => {
    limitInFlight(scope, MAX_IN_FLIGHT.probes);
    scope.addHook('onRequest', (_request, reply, next) => {
      reply.headers(SAFE_HEADERS);
      next();
    });
    scope.get('/livez', () => ({ status: 'ok' }));
    scope.get('/readyz', (_request, reply) => {
      const { status } = readiness;
      return reply.code(status === 'not ready' ? 503 : 200).send({ status, parts: readiness });
    });
    done();
  };
}

async function pages(scope: FastifyInstance): Promise<void> {
  limitInFlight(scope, MAX_IN_FLIGHT.pages);
  const figures = atMostEvery(METRICS_EVERY, async () => compressText(registry.contentType, await registry.metrics()));
  scope.get('/metrics', async (request, reply) => sendCompressed(request, reply, await figures()));
  await addPages(scope);
}

/** Everything under `/api`: bodies are read as JSON with exact numbers, answers are JSON:API. */
function api(options: HttpOptions) {
  return (scope: FastifyInstance, _: object, done: () => void) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser([JSON_API, 'application/json'], { parseAs: 'buffer' }, (_request, body, parsed) => {
      try {
        parsed(null, parseBody(body as Buffer));
      } catch (error) {
        parsed(error as Error);
      }
    });
    scope.setValidatorCompiler(compileValidator);
    scope.addHook('onSend', (_request, reply, _payload, next) => {
      reply.type(JSON_API);
      next();
    });
    limitInFlight(scope, MAX_IN_FLIGHT.api);
    petRoutes(scope, options);
    done();
  };
}
