/** How errors are answered: as JSON:API documents, whatever went wrong. */
import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PetStatusHeaders } from '../../generated/contract/headers.ts';
import type { Logger } from '../log.ts';
import type { Readiness } from '../readiness.ts';
import { isOutage } from '../store/failure.ts';
import { messageOf } from '../waiting.ts';
import { errorDocument, JSON_API, requestError, RequestError } from './json-api.ts';

/** Most bytes of a body. */
export const MAX_BODY_BYTES = 65_536;
/** Seconds after which a client that was refused for now may try again. */
export const RETRY_AFTER_SECONDS = 5;

export interface AnswerOptions {
  readonly log: Logger;
  readonly readiness: Pick<Readiness, 'status'>;
}

/** Every error is a JSON:API document; one that nobody planned says no more than that, and is logged. */
export function answerError(
  { log, readiness }: AnswerOptions,
  error: Error & { statusCode?: number; code?: string },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { problems, status, retryAfterSeconds } = requestErrorOf(error, { log, readiness }, request);
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  // As bytes: JSON:API's media type has no charset, and fastify would add one to text.
  return reply
    .code(status)
    .type(JSON_API)
    .send(Buffer.from(JSON.stringify(errorDocument(problems))));
}

/** The whole answer to what is no request yet: too slow, too long, or no HTTP. */
export function answerBeforeHttp({ code = 'no HTTP' }: { readonly code?: string }): string {
  const [status, what] = BEFORE_HTTP[code] ?? [400, `The request cannot be read (${code})`];
  const body = JSON.stringify(errorDocument([{ status, code: 'REQUEST_INVALID', what }]));
  const head = [
    `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
    `Content-Type: ${JSON_API}`,
    'Connection: close',
  ];
  return [...head, `Content-Length: ${String(Buffer.byteLength(body))}`, '', body].join('\r\n');
}

const BEFORE_HTTP: Readonly<Record<string, readonly [status: number, what: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long'],
  HPE_HEADER_OVERFLOW: [431, 'The headers are too long'],
};

function requestErrorOf(
  error: Error & { statusCode?: number; code?: string },
  { log, readiness }: AnswerOptions,
  request: FastifyRequest,
): RequestError {
  if (error instanceof RequestError) return error;
  const { statusCode = 500 } = error;
  if (statusCode === 413)
    return requestError(413, 'BODY_TOO_LARGE', `The body is larger than ${String(MAX_BODY_BYTES)} bytes`);
  if (statusCode === 415) {
    const type = request.headers['content-type'] ?? 'without a type';
    const what = `A body ${type.slice(0, 100)} cannot be read`;
    return requestError(415, 'MEDIA_TYPE_UNSUPPORTED', what, { header: 'Content-Type' });
  }
  if (statusCode < 500) return requestError(statusCode, 'REQUEST_INVALID', messageOf(error));
  const about = { error: messageOf(error), method: request.method, path: request.routeOptions.url };
  const why = isOutage(error)
    ? 'The database does not answer, or takes no writes'
    : readiness.status === 'not ready'
      ? 'The service is not ready'
      : undefined;
  if (why !== undefined) {
    log.debug(about, 'a request was refused');
    return new RequestError([{ status: 503, code: 'OVERLOADED', what: why }], RETRY_AFTER_SECONDS);
  }
  log.error(
    { ...about, traceparent: (request.context as Partial<PetStatusHeaders> | undefined)?.traceparent },
    'A request failed, and was answered with status 500. (INTERNAL)',
  );
  return requestError(500, 'INTERNAL', 'Something went wrong here');
}
