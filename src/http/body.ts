/** Reading and judging a request's body: JSON with exact numbers, and every fault of it at once. */
import { isUtf8 } from 'node:buffer';
import { Ajv } from 'ajv';
import type { ErrorObject } from 'ajv';
import { requestError, RequestError } from './json-api.ts';
import type { Problem } from './json-api.ts';
import { MAX_UINT64 } from './pet-resource.ts';

/** More faults than this help nobody. */
const MAX_PROBLEMS = 20;

/**
 * The JSON of a body. Null counts as not said. A cashId is a bigint: most are above 2^53, where a number is no longer
 * exact.
 *
 * @throws {RequestError} 400 for what is no JSON in UTF-8.
 */
export function parseBody(body: Buffer): unknown {
  if (!isUtf8(body)) throw requestError(400, 'BODY_INVALID', 'The body is not UTF-8', { pointer: '' });
  try {
    return JSON.parse(body.toString(), keepExactIntegers as (key: string, value: unknown) => unknown);
  } catch (error) {
    const what = error instanceof SyntaxError ? `is not JSON: ${error.message}` : 'is nested too deeply';
    throw requestError(400, 'BODY_INVALID', `The body ${what}`, { pointer: '' });
  }
}

function keepExactIntegers(key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (value === null) return undefined;
  if (key !== 'cashId' || typeof value !== 'number' || source === undefined) return value;
  // A number like 1.0 is an integer.
  const [digits] = source.split(/\.0+$/);
  return digits !== undefined && /^-?\d+$/.test(digits) ? BigInt(digits) : value;
}

const ajv = new Ajv({ allErrors: true, verbose: true })
  .addKeyword({
    keyword: 'uint64',
    validate: (_: true, data: unknown) => isUint64(data),
    error: { message: `must be an integer from 0 to ${String(MAX_UINT64)}` },
  })
  .addKeyword({
    keyword: 'storable',
    type: 'string',
    validate: (_: true, text: string) => isStorable(text),
    error: { message: 'must be text without NUL' },
  })
  .addFormat('date-time', isDateTime);

function isUint64(value: unknown): boolean {
  return typeof value === 'bigint' && value >= 0n && value <= MAX_UINT64;
}

/** Postgres keeps neither NUL nor half a surrogate pair. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:Z|[+-](\d{2}):(\d{2}))$/i;

/** A time that there is, of a year that can be written back: Date would make March of the 30th of February. */
function isDateTime(text: string): boolean {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, hours = 0, minutes = 0] =
    RFC_3339.exec(text)
      ?.slice(1)
      .map((digits: string | undefined) => Number(digits ?? 0)) ?? [];
  const lastDay = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  const exists = month >= 1 && month <= 12 && day >= 1 && day <= lastDay;
  const isClock = hour <= 23 && minute <= 59 && second <= 59 && hours <= 23 && minutes <= 59;
  return exists && isClock && /^\d/.test(new Date(text).toISOString());
}

/** What fastify asks to judge by a route's schema: what is not valid is a {@link RequestError} with all that is wrong. */
export function compileValidator({ schema }: { readonly schema: unknown }) {
  const validate = ajv.compile(schema as object);
  return (value: unknown) => {
    if (validate(value)) return { value };
    const problems = (validate.errors ?? []).map(problemOf);
    // Of one place the first fault says enough.
    const distinct = [...Map.groupBy(problems, ({ pointer }) => pointer).values()].flatMap(([first]) => first ?? []);
    return { error: new RequestError(distinct.slice(0, MAX_PROBLEMS)) };
  };
}

/** Of attributes, a wrong type is one thing (400), a value that a rule forbids another (422). */
function problemOf({ instancePath, keyword, message = '', params, data }: ErrorObject): Problem & { pointer: string } {
  const missing = keyword === 'required' ? `/${(params as { missingProperty: string }).missingProperty}` : '';
  const pointer = instancePath + missing;
  const what = `${pointer || 'The document'} ${missing ? 'is required' : message}`;
  const place = { what, pointer, source: { pointer } };
  if (keyword === 'const') {
    const code = pointer === '/data/type' ? 'TYPE_CONFLICT' : 'ID_CONFLICT';
    return {
      status: 409,
      code,
      ...place,
      what: `${pointer} ${message}: ${JSON.stringify((params as { allowedValue: unknown }).allowedValue)}`,
    };
  }
  if (!pointer.startsWith('/data/attributes/')) return { status: 400, code: 'BODY_INVALID', ...place };
  if (missing) return { status: 422, code: 'ATTRIBUTE_MISSING', ...place };
  const isMistyped = keyword === 'type' || keyword === 'format' || (keyword === 'uint64' && typeof data !== 'bigint');
  if (isMistyped) return { status: 400, code: 'ATTRIBUTE_INVALID', ...place };
  return { status: 422, code: 'ATTRIBUTE_OUT_OF_RANGE', ...place };
}
