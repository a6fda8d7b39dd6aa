/** JSON:API 1.0 (jsonapi.org): its media type and its errors. */
import { ERRORS } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

export const JSON_API = 'application/vnd.api+json';

/** Where in the request the fault is. */
export type ErrorSource = { readonly pointer: string } | { readonly parameter: string } | { readonly header: string };

export interface Problem {
  readonly status: number;
  readonly code: ErrorCode;
  /** What is wrong; what to do is said by the code. */
  readonly what: string;
  readonly source?: ErrorSource;
}

/** A request that cannot be granted. */
export class RequestError extends Error {
  readonly problems: readonly Problem[];
  /** Seconds after which it may be granted. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problems: readonly Problem[], retryAfterSeconds?: number) {
    super(problems.map(({ what }) => what).join('; '));
    this.name = 'RequestError';
    this.problems = problems;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Of several faults, the gravest decides: one that cannot be read at all before one that breaks a rule. */
  get status(): number {
    return Math.min(...this.problems.map(({ status }) => status));
  }
}

export function requestError(status: number, code: ErrorCode, what: string, source?: ErrorSource): RequestError {
  return new RequestError([{ status, code, what, ...(source && { source }) }]);
}

/** The document that an error is answered with. */
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
