/** Answers every error with a JSON:API document. */
import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PetStatusHeaders } from '../../generated/contract/headers.js';
import { mustExist } from '../invariant.ts';
import type { Logger } from '../log.ts';
import type { Readiness } from '../readiness.ts';
import { isOutage } from '../store/failure.ts';
import { messageOf } from '../waiting.ts';
import { errorDocument, JSON_API, requestError, RequestError } from './json-api.ts';

export const MAX_BODY_BYTES = 65_536;
/** Clients may retry a 503 after this long. */
export const RETRY_AFTER_SECONDS = 5;

export interface AnswerOptions {
  readonly log: Logger;
  readonly readiness: Pick<Readiness, 'status'>;
}

/** Answers `error`. An unexpected one is logged; its answer has no details, which may be secret. */
export function answerError(
  { log, readiness }: AnswerOptions,
  error: Error & { statusCode?: number; code?: string },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { problems, status, retryAfterSeconds } = requestErrorOf(error, { log, readiness }, request);
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  // Bytes, because fastify would add a charset to a string, and JSON:API's media type has none.
  return reply
    .code(status)
    .type(JSON_API)
    .send(Buffer.from(JSON.stringify(errorDocument(problems))));
}

/** Returns the whole answer to input that never became a request: too slow, too long, or not HTTP. */
export function answerBeforeHttp({ code = 'not HTTP' }: { readonly code?: string }): string {
  const [status, what] = BEFORE_HTTP[code] ?? [400, `The request cannot be read (${code})`];
  const body = JSON.stringify(errorDocument([{ status, code: 'REQUEST_INVALID', what }]));
  const head = [
    `HTTP/1.1 ${String(status)} ${mustExist(STATUS_CODES[status], `status ${String(status)}`)}`,
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
  const unavailable = isOutage(error)
    ? 'The database does not answer, or refuses writes'
    : readiness.status === 'not ready'
      ? 'The service is not ready'
      : undefined;
  if (unavailable !== undefined) {
    log.debug(about, 'request refused');
    return new RequestError([{ status: 503, code: 'OVERLOADED', what: unavailable }], RETRY_AFTER_SECONDS);
  }
  log.error(
    { ...about, traceparent: (request.context as Partial<PetStatusHeaders> | undefined)?.traceparent },
    'A request failed because of a bug, and got status 500. (INTERNAL)',
  );
  return requestError(500, 'INTERNAL', 'The service has a bug');
}
