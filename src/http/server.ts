import { fastify } from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ServiceError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Readiness } from '../readiness.ts';
import { isOutage } from '../store/failure.ts';
import { messageOf } from '../waiting.ts';
import { judgeOf, parseBody } from './body.ts';
import { errorDocument, JSON_API, refuse, RequestError } from './json-api.ts';
import type { Problem } from './json-api.ts';
import { addPages } from './pages.ts';
import { petRoutes, RETRY_AFTER } from './pets.ts';
import type { PetsOptions } from './pets.ts';

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

/** What one client may cost: bytes, milliseconds, connections. */
const LIMITS = { body: 65_536, request: 10_000, idle: 30_000, connections: 1_000 } as const;

/**
 * Starts the HTTP side: the pets under `/api`; `/livez` (the process is up), `/readyz` (it does its work: 200, else 503;
 * each part with `ok` or with what it lacks), and the pages of {@link addPages}.
 *
 * @throws {ServiceError} PORT_TAKEN
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port, readiness } = options;
  const app = fastify({
    forceCloseConnections: true,
    bodyLimit: LIMITS.body,
    requestTimeout: LIMITS.request,
    keepAliveTimeout: LIMITS.idle,
    http: { headersTimeout: LIMITS.request, connectionsCheckingInterval: 1_000 },
    routerOptions: { ignoreDuplicateSlashes: true, ignoreTrailingSlash: true },
    // What is malformed beyond HTTP never reaches a route.
    frameworkErrors: (error, request, reply) => {
      void answerError(options, error, request, reply);
    },
  });
  app.server.maxConnections = LIMITS.connections;
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(options, error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    const what = `There is nothing at ${request.method} ${path.slice(0, 200)}`;
    return answerError(options, refuse(404, 'PATH_NOT_FOUND', what), request, reply);
  });

  app.get('/livez', () => ({ status: 'ok' }));
  app.get('/readyz', (_request, reply) =>
    reply.code(readiness.ready ? 200 : 503).send({ status: readiness.ready ? 'ready' : 'not ready', parts: readiness }),
  );
  await app.register(api(options), { prefix: '/api' });
  addPages(app);

  const url = await app.listen({ host, port }).catch((error: unknown) => {
    throw new ServiceError('PORT_TAKEN', `HTTP cannot listen on ${host}:${String(port)}: ${messageOf(error)}`, error);
  });
  return { url, close: () => app.close() };
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
    scope.setValidatorCompiler(judgeOf);
    scope.addHook('onSend', (_request, reply, _payload, next) => {
      reply.type(JSON_API);
      next();
    });
    petRoutes(scope, options);
    done();
  };
}

/** Every error is a JSON:API document; one that nobody planned says no more than that, and is logged. */
function answerError(
  { log }: HttpOptions,
  error: Error & { statusCode?: number; code?: string },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { problems, status, retryAfter } = requestErrorOf(error, log, request);
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  // As bytes: JSON:API's media type has no charset, and fastify would add one to text.
  return reply
    .code(status)
    .type(JSON_API)
    .send(Buffer.from(JSON.stringify(errorDocument(problems))));
}

function requestErrorOf(error: Error & { statusCode?: number; code?: string }, log: Logger, request: FastifyRequest) {
  if (error instanceof RequestError) return error;
  const { statusCode = 500 } = error;
  if (statusCode === 413) return refuse(413, 'BODY_TOO_LARGE', `The body is larger than ${String(LIMITS.body)} bytes`);
  if (statusCode === 415) {
    const type = request.headers['content-type'] ?? 'without a type';
    return refuse(415, 'MEDIA_TYPE_UNSUPPORTED', `A body ${type.slice(0, 100)} cannot be read`, {
      header: 'Content-Type',
    });
  }
  if (statusCode < 500) return refuse(statusCode, 'REQUEST_INVALID', messageOf(error));
  if (isOutage(error)) {
    log.debug({ error: messageOf(error) }, 'a request was refused: the database does not answer');
    const problem: Problem = { status: 503, code: 'OVERLOADED', what: 'The database does not answer' };
    return new RequestError([problem], RETRY_AFTER);
  }
  log.error({ error: messageOf(error), method: request.method, path: request.routeOptions.url }, 'a request failed');
  return refuse(500, 'INTERNAL', 'Something went wrong here');
}
