/** Parses and validates the bodies of requests: keeps large integers exact, and reports all faults of a body together. */
import { isUtf8 } from 'node:buffer';
import type { ErrorObject } from 'ajv';
import { mustExist } from '../invariant.ts';
import { createAjv } from '../json-schema.ts';
import { requestError, RequestError } from './json-api.ts';
import type { Problem } from './json-api.ts';
import { MAX_UINT64 } from './pet-resource.ts';

/** An answer lists at most this many faults. */
const MAX_PROBLEMS = 20;

/**
 * Parses a body. An attribute that is null counts as absent. A cashId becomes a bigint: most are above 2^53, where a number
 * is no longer exact.
 *
 * @throws {RequestError} 400 if the body is not JSON in UTF-8.
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
  // 1.0 is an integer too.
  const [digits] = source.split(/\.0+$/);
  return digits !== undefined && /^-?\d+$/.test(digits) ? BigInt(digits) : value;
}

const ajv = createAjv({ allErrors: true, verbose: true })
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

/** Returns whether Postgres can store the text: it rejects NUL and lone surrogates. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

type DateTimeNumbers = [year: number, month: number, day: number, hour: number, minute: number, second: number];
type Offset = [hours: number, minutes: number];

const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:Z|[+-](\d{2}):(\d{2}))$/i;

/**
 * Returns whether the text is a time that exists, and whose year has four digits in UTC. Date alone would read the 30th of
 * February as a day in March.
 */
function isDateTime(text: string): boolean {
  const match = RFC_3339.exec(text);
  if (match === null) return false;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as DateTimeNumbers;
  // A time in UTC (Z) has no offset.
  const [offsetHours, offsetMinutes] = match
    .slice(7)
    .map((digits: string | undefined) => Number(digits ?? 0)) as Offset;
  const lastDay = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  const exists = month >= 1 && month <= 12 && day >= 1 && day <= lastDay;
  const isTimeOfDay = hour <= 23 && minute <= 59 && second <= 59 && offsetHours <= 23 && offsetMinutes <= 59;
  return exists && isTimeOfDay && /^\d/.test(new Date(text).toISOString());
}

/** Compiles a route's schema for fastify. The validator returns a {@link RequestError} with all faults of a body. */
export function compileValidator({ schema }: { readonly schema: unknown }) {
  const validate = ajv.compile(schema as object);
  return (value: unknown) => {
    if (validate(value)) return { value };
    const problems = mustExist(validate.errors ?? undefined, 'the errors of an invalid value').map(problemOf);
    // One fault for each location is enough.

    const distinct = [...Map.groupBy(problems, ({ pointer }) => pointer).values()].flatMap(([first]) => first ?? []);
    return { error: new RequestError(distinct.slice(0, MAX_PROBLEMS)) };
  };
}

/** Describes a fault. An attribute of the wrong type is answered with 400, a value that a rule forbids with 422. */
function problemOf({ instancePath, keyword, message = '', params, data }: ErrorObject): Problem & { pointer: string } {
  const missing = keyword === 'required' ? `/${(params as { missingProperty: string }).missingProperty}` : '';
  const pointer = instancePath + missing;
  const what = `${pointer || 'The document'} ${missing ? 'is required' : message}`;
  const fault = { what, pointer, source: { pointer } };
  if (keyword === 'const') {
    const code = pointer === '/data/type' ? 'TYPE_CONFLICT' : 'ID_CONFLICT';
    return {
      status: 409,
      code,
      ...fault,
      what: `${pointer} ${message}: ${JSON.stringify((params as { allowedValue: unknown }).allowedValue)}`,
    };
  }
  if (!pointer.startsWith('/data/attributes/')) return { status: 400, code: 'BODY_INVALID', ...fault };
  if (missing) return { status: 422, code: 'ATTRIBUTE_MISSING', ...fault };
  const isMistyped = keyword === 'type' || keyword === 'format' || (keyword === 'uint64' && typeof data !== 'bigint');
  if (isMistyped) return { status: 400, code: 'ATTRIBUTE_INVALID', ...fault };
  return { status: 422, code: 'ATTRIBUTE_OUT_OF_RANGE', ...fault };
}
