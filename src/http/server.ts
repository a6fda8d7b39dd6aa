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
  /** The URL that the server listens on. */
  readonly url: string;
  close(): Promise<void>;
}

export interface HttpOptions extends PetsOptions {
  readonly host: string;
  readonly port: number;
  readonly readiness: Readiness;
  readonly log: Logger;
}

/** Milliseconds in which a request must arrive completely. */
const MAX_REQUEST_MS = 5_000;
/** Milliseconds after which a connection is closed whose client neither sends nor reads. */
const MAX_SILENCE_MS = 15_000;
/** Milliseconds between requests. Go's clients keep idle connections for 90 s: the server must not close one first, while a request is on its way. */
const MAX_IDLE_MS = 100_000;
const MAX_CONNECTIONS = 1_000;
/** Milliseconds that a stop waits for answers in flight. */
const MAX_STOP_MS = 3_000;

/**
 * Connections that may wait to be accepted. Beyond them the kernel drops packets, and a client, which may be a probe, waits for
 * seconds until it sends them again.
 */
const LISTEN_BACKLOG = 2 * MAX_CONNECTIONS;

/**
 * Limits of the requests in flight, by kind. Probes have no common limit: other clients could use it up with answers that
 * they do not read.
 */
const MAX_IN_FLIGHT = {
  api: { total: 100, perConnection: 10 },
  pages: { total: 50, perConnection: 10 },
  probes: { total: Infinity, perConnection: 2 },
} as const;

/** The metrics are collected at most this often, because collecting blocks the process for some milliseconds. */
const METRICS_INTERVAL_MS = 1_000;

/**
 * Starts the HTTP server: pets under `/api`; `/livez` (200 while the process runs); `/readyz` (200 if the service takes
 * traffic, else 503, and each component with `ok` or a reason); `/metrics` (for Prometheus); and the pages of {@link addPages}.
 *
 * @throws {ServiceError} PORT_TAKEN
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port, readiness } = options;
  const app = fastify({
    // A stop closes idle connections and lets requests in flight finish.
    forceCloseConnections: 'idle',
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: MAX_REQUEST_MS,
    connectionTimeout: MAX_SILENCE_MS,
    keepAliveTimeout: MAX_IDLE_MS,
    http: { headersTimeout: MAX_REQUEST_MS, connectionsCheckingInterval: 1_000 },
    routerOptions: { ignoreDuplicateSlashes: true, ignoreTrailingSlash: true, maxParamLength: 16_384 },
    clientErrorHandler: (error, socket) => {
      connections.endMalformed(error, socket);
    },
    // A URL that fastify cannot decode reaches no route.
    frameworkErrors: (error, request, reply) => {
      void answerError(options, error, request, reply);
    },
  });
  const connections = new Connections(app.server, MAX_CONNECTIONS);
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(options, error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    const what = `Nothing exists at ${request.method} ${path.slice(0, 200)}`;
    return answerError(options, requestError(404, 'PATH_NOT_FOUND', what), request, reply);
  });

  // Only the API reads bodies.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => {
    done(null);
  });
  app.addHook('onSend', ({ raw }, reply, _payload, next) => {
    // Makes clients with persistent connections move to other instances. Later requests on this connection still get answers.
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

  const url = await app.listen({ host, port, backlog: LISTEN_BACKLOG }).catch((error: unknown) => {
    throw new ServiceError('PORT_TAKEN', `HTTP cannot listen on ${host}:${String(port)}`, error);
  });
  return {
    url,
    async close() {
      const force = setTimeout(() => {
        app.server.closeAllConnections();
      }, MAX_STOP_MS);
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
  const metricsText = atMostEvery(METRICS_INTERVAL_MS, async () =>
    compressText(registry.contentType, await registry.metrics()),
  );
  scope.get('/metrics', async (request, reply) => sendCompressed(request, reply, await metricsText()));
  await addPages(scope);
}

/** Adds everything under `/api`: parses bodies as JSON with exact numbers, and answers in JSON:API. */
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
