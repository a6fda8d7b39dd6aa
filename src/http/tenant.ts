import type { IncomingMessage } from 'node:http';
import { decodePetStatusHeaders } from '../../generated/contract/headers.js';
import { readUint16 } from '../../generated/contract/runtime.js';
import { forwardedOf } from '../context.ts';
import type { Context } from '../context.ts';
import { requestError } from './json-api.ts';

const NAMES = ['TENANT_ID', 'REGION', 'MAJOR_VERSION', 'MINOR_VERSION', 'traceparent', 'tracestate', 'baggage'];
const MAX_UINT16 = 65_535;

/**
 * Reads the tenant and the trace of a request. Without a well-formed trace, it begins one. The headers are those of a
 * record, except that the versions are decimal text.
 *
 * @param forwardedHeaders names of the headers that the events of the request carry on.
 * @throws {RequestError} 400, naming the header.
 */
export function contextOf({ headersDistinct }: IncomingMessage, forwardedHeaders: readonly string[]): Context {
  const found = [...NAMES, ...forwardedHeaders].flatMap((name) => {
    const values = headersDistinct[name.toLowerCase()] ?? [];
    const bytes = values.map((value) =>
      name.endsWith('_VERSION') && NAMES.includes(name) ? versionOf(name, value) : Buffer.from(value, 'latin1'),
    );
    return bytes.length === 0 ? [] : [[name, bytes] as const];
  });
  const headers = Object.fromEntries(found);
  const context = decodePetStatusHeaders(headers);
  if (!('sentence' in context)) return { ...context, forwarded: forwardedOf(headers, forwardedHeaders) };
  throw invalid(context.pointer.slice(1), context.sentence);
}

function versionOf(name: string, text: string): Buffer {
  const version = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (version > MAX_UINT16) throw invalid(name, `is a header that must be a number from 0 to ${String(MAX_UINT16)}`);
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(version);
  // Readers would reject the event of such a request.
  if (readUint16(bytes) === undefined) {
    throw invalid(
      name,
      `is ${text}, which no version can be: as a uint16 its two bytes are the text "${bytes.toString('latin1')}"`,
    );
  }
  return bytes;
}

function invalid(name: string, what: string) {
  return requestError(400, 'TENANT_INVALID', `${name} ${what}`, { header: name });
}
