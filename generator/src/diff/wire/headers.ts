/** Encodes and decodes headers as generated code does. test/diff/reader.test.ts compares them. */
import { isAscii, isUtf8 } from 'node:buffer';
import type { Header } from '../../shape.ts';
import { matches } from '../schema/matching.ts';
import { ofPattern } from '../schema/valid.ts';

/** The headers of a record: a header is there once. */
export type WireHeaders = Readonly<Record<string, Buffer>>;

/** Joins headers without a prototype: an absent header may have the name of something that objects inherit, such as constructor. */
export const wireHeaders = (...parts: readonly WireHeaders[]): WireHeaders =>
  Object.assign(Object.create(null) as Record<string, Buffer>, ...parts) as WireHeaders;

export interface HeaderFault {
  readonly name: string;
  readonly sentence: string;
}

/** Returns the bytes of a header. */
export function encodedHeader(encoding: Header['encoding'], value: unknown): Buffer {
  if (encoding === 'uint16be' && typeof value === 'number') {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16BE(Math.min(65_535, Math.max(0, Math.trunc(value))), 0);
    return bytes;
  }
  if (encoding === 'json') return Buffer.from(JSON.stringify(value));
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Returns the value of a header; undefined if the bytes are none. */
export function decodedHeader(header: Header, bytes: Buffer | undefined): unknown {
  if (bytes === undefined) return undefined;
  const { encoding, values, maxLength = Infinity } = header;
  if (values !== undefined) return values.find((value) => value === textIn(bytes, {}));
  switch (encoding) {
    case 'uuid': {
      const text = bytes.toString('latin1').toLowerCase();
      return UUID.test(text) ? text : undefined;
    }
    case 'ascii':
      return bytes.length > 0 && bytes.length <= maxLength && isAscii(bytes) ? bytes.toString('latin1') : undefined;
    case 'uint16be': {
      if (bytes.length !== 2) return undefined;
      const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;
      return isDigit(bytes[0]) && isDigit(bytes[1]) ? undefined : bytes.readUInt16BE(0);
    }
    case 'traceparent': {
      const text = bytes.toString('latin1');
      return TRACEPARENT.test(text) ? text : undefined;
    }
    case 'integer': {
      const number = numberIn(bytes);
      return Number.isSafeInteger(number) ? number : undefined;
    }
    case 'number':
      return numberIn(bytes);
    case 'boolean': {
      const text = textIn(bytes, {});
      return text === 'true' ? true : text === 'false' ? false : undefined;
    }
    case 'json':
      try {
        return JSON.parse(textIn(bytes, {}) ?? '') as unknown;
      } catch {
        return undefined;
      }
    case 'text':
    case 'tracestate':
      return textIn(bytes, header);
  }
}

function numberIn(bytes: Buffer): number | undefined {
  const text = textIn(bytes, {});
  return text !== undefined && NUMBER.test(text) ? Number(text) : undefined;
}

function textIn(
  bytes: Buffer,
  { pattern, maxLength = Infinity, maxMembers = Infinity }: Partial<Header>,
): string | undefined {
  // prettier-ignore
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString();
  if (Array.from(text).length > maxLength || text.split(',').length > maxMembers) return undefined;
  return pattern === undefined || matches(ofPattern(pattern), text) ? text : undefined;
}

/** Whether a malformed one is a fault though the header may be absent: its notation is that of no other value. */
const isStrict = ({ encoding }: Header) => ['integer', 'number', 'boolean', 'json'].includes(encoding);

/** Returns the first fault of the headers of a record; undefined if a reader accepts them. */
export function headerFault(headers: readonly Header[], given: WireHeaders): HeaderFault | undefined {
  for (const header of headers) {
    const bytes = given[header.name];
    if (decodedHeader(header, bytes) !== undefined) continue;
    if (bytes === undefined && header.required) return { name: header.name, sentence: 'is missing from the headers' };
    if (bytes !== undefined && (header.required || isStrict(header)))
      return { name: header.name, sentence: `is a header that is not ${notationOf(header)}` };
  }
  return undefined;
}

/** Returns the form of a header in words. */
export function notationOf({ encoding, values, maxLength }: Header): string {
  if (values !== undefined) return `one of ${values.join(', ')}`;
  if (encoding === 'uint16be') return '2 bytes, a big-endian uint16';
  if (encoding === 'ascii')
    return maxLength === undefined ? 'ASCII text' : `ASCII text of 1 to ${String(maxLength)} characters`;
  return NOTATIONS[encoding] ?? encoding;
}

const NOTATIONS: Partial<Record<Header['encoding'], string>> = {
  uuid: 'a UUID',
  text: 'text of its form',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  json: 'JSON',
};
