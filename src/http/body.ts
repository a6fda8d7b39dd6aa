/** Reading and judging a request's body: JSON with exact numbers, and every fault of it at once. */
import { isUtf8 } from 'node:buffer';
import { Ajv } from 'ajv';
import type { ErrorObject } from 'ajv';
import { refuse, RequestError } from './json-api.ts';
import type { Problem } from './json-api.ts';
import { MOST_UINT64 } from './pet-resource.ts';

/** More faults than this help nobody. */
const MOST_PROBLEMS = 20;

/**
 * The JSON of a body. Null counts as not said. A cashId is a bigint: most are above 2^53, where a number is no longer
 * exact.
 *
 * @throws {RequestError} 400 for what is no JSON in UTF-8.
 */
export function parseBody(body: Buffer): unknown {
  if (!isUtf8(body)) throw refuse(400, 'BODY_INVALID', 'The body is not UTF-8', { pointer: '' });
  try {
    return JSON.parse(body.toString(), exact as (key: string, value: unknown) => unknown);
  } catch (error) {
    throw refuse(400, 'BODY_INVALID', `The body is not JSON: ${(error as Error).message}`, { pointer: '' });
  }
}

function exact(key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (value === null) return undefined;
  if (key !== 'cashId' || typeof value !== 'number' || source === undefined) return value;
  if (/^-?\d{1,40}$/.test(source)) return BigInt(source);
  return Number.isSafeInteger(value) ? BigInt(value) : value;
}

const ajv = new Ajv({ allErrors: true, verbose: true })
  .addKeyword({
    keyword: 'uint64',
    validate: (_: true, data: unknown) => isUint64(data),
    error: { message: `must be an integer from 0 to ${String(MOST_UINT64)}` },
  }) // prettier-ignore
  .addKeyword({
    keyword: 'storable',
    type: 'string',
    validate: (_: true, text: string) => isStorable(text),
    error: { message: 'must be text without NUL' },
  }) // prettier-ignore
  .addFormat('date-time', isDateTime);

function isUint64(value: unknown): boolean {
  return typeof value === 'bigint' && value >= 0n && value <= MOST_UINT64;
}

/** Postgres keeps neither NUL nor half a surrogate pair. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;

function isDateTime(text: string): boolean {
  return RFC_3339.test(text) && !Number.isNaN(Date.parse(text));
}

/** What fastify asks to judge by a route's schema: what is not valid is a {@link RequestError} with all that is wrong. */
export function judgeOf({ schema }: { readonly schema: unknown }) {
  const validate = ajv.compile(schema as object);
  return (value: unknown) => {
    if (validate(value)) return { value };
    return { error: new RequestError((validate.errors ?? []).slice(0, MOST_PROBLEMS).map(problemOf)) };
  };
}

/** Of attributes, a wrong type is one thing (400), a value that a rule forbids another (422). */
function problemOf({ instancePath, keyword, message = '', params, data }: ErrorObject): Problem {
  const missing = keyword === 'required' ? `/${(params as { missingProperty: string }).missingProperty}` : '';
  const pointer = instancePath + missing;
  const what = `${pointer || 'The document'} ${missing ? 'is required' : message}`;
  const place = { what, source: { pointer } };
  if (!pointer.startsWith('/data/attributes/')) return { status: 400, code: 'BODY_INVALID', ...place };
  const isMistyped = keyword === 'type' || keyword === 'format' || (keyword === 'uint64' && typeof data !== 'bigint');
  if (isMistyped) return { status: 400, code: 'ATTRIBUTE_INVALID', ...place };
  return { status: 422, code: 'ATTRIBUTE_OUT_OF_RANGE', ...place };
}
