/** The headers of a record as JSON: header values become text with one code point a byte, readable and exact. */
import type { HeaderValue, ProducedRecord, RecordHeaders } from '../../generated/contract/record.js';
import { isList } from '../record-size.ts';

type JsonHeader = string | null;

/**
 * Returns the headers as JSON. A header may have no value (null) and may be there more than once (a list); names are taken
 * as they are, `__proto__` too.
 */
export function headersToJson(headers: RecordHeaders): string {
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    isList(value) ? value.map(latin1) : latin1(value),
  ]);
  return JSON.stringify(Object.fromEntries(entries));
}

export function headersFromJson(text: string): ProducedRecord['headers'] {
  const json = JSON.parse(text) as Record<string, JsonHeader | JsonHeader[]>;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [name, Array.isArray(value) ? value.map(binary) : binary(value)]),
  );
}

function latin1(value: HeaderValue | null | undefined): JsonHeader {
  if (value === null || value === undefined) return null;
  return (typeof value === 'string' ? Buffer.from(value) : value).toString('latin1');
}

function binary(text: JsonHeader): HeaderValue {
  // kafkajs has headers without a value, its types do not.
  return (text === null ? null : Buffer.from(text, 'latin1')) as HeaderValue;
}
