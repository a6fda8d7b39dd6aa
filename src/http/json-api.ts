/** JSON:API 1.0 (jsonapi.org): its media type and its errors. */
import { ERRORS } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

export const JSON_API = 'application/vnd.api+json';

/** The location of a fault in the request. */
export type ErrorSource = { readonly pointer: string } | { readonly parameter: string } | { readonly header: string };

export interface Problem {
  readonly status: number;
  readonly code: ErrorCode;
  /** What is wrong. The text of the code adds what to do. */
  readonly what: string;
  readonly source?: ErrorSource;
}

/** A request that the service refuses. */
export class RequestError extends Error {
  readonly problems: readonly Problem[];
  /** Seconds after which the client may retry. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problems: readonly Problem[], retryAfterSeconds?: number) {
    super(problems.map(({ what }) => what).join('; '));
    this.name = 'RequestError';
    this.problems = problems;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** The lowest status of all problems: unreadable input (400) comes before a broken rule (422). */
  get status(): number {
    return Math.min(...this.problems.map(({ status }) => status));
  }
}

/** Returns an error with one problem. */
export function requestError(status: number, code: ErrorCode, what: string, source?: ErrorSource): RequestError {
  return new RequestError([{ status, code, what, ...(source && { source }) }]);
}

/** Returns the JSON:API document that describes the problems. */
export function errorDocument(problems: readonly Problem[]) {
  return {
    errors: problems.map(({ status, code, what, source }) => ({
      status: String(status),
      code,
      detail: `${what}. ${ERRORS[code]}.`,
      ...(source && { source }),
    })),
  };
}
