/** How errors are answered: as JSON:API documents, whatever went wrong. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../log.ts';
import { isOutage } from '../store/failure.ts';
import { messageOf } from '../waiting.ts';
import { errorDocument, JSON_API, refuse, RequestError } from './json-api.ts';
import type { Problem } from './json-api.ts';

/** Most bytes of a body. */
export const BODY_LIMIT = 65_536;
/** Seconds after which a client that was refused for now may try again. */
export const RETRY_AFTER = 5;

/** Every error is a JSON:API document; one that nobody planned says no more than that, and is logged. */
export function answerError(
  log: Logger,
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

/** The whole answer to what is no request yet: too slow, too long, or no HTTP. */
export function answerBeforeHttp({ code }: { readonly code?: string }): string {
  const late = code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const [status, reason] = late ? ([408, 'Request Timeout'] as const) : ([400, 'Bad Request'] as const);
  const what = late ? 'The request took too long' : `The request cannot be read (${code ?? 'no HTTP'})`;
  const body = JSON.stringify(errorDocument([{ status, code: 'REQUEST_INVALID', what }]));
  const head = [`HTTP/1.1 ${String(status)} ${reason}`, `Content-Type: ${JSON_API}`, 'Connection: close'];
  return [...head, `Content-Length: ${String(Buffer.byteLength(body))}`, '', body].join('\r\n');
}

function requestErrorOf(error: Error & { statusCode?: number; code?: string }, log: Logger, request: FastifyRequest) {
  if (error instanceof RequestError) return error;
  const { statusCode = 500 } = error;
  if (statusCode === 413) return refuse(413, 'BODY_TOO_LARGE', `The body is larger than ${String(BODY_LIMIT)} bytes`);
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
