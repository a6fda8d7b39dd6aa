/** The headers that are copied from a message, or an HTTP request, to everything that it causes. */
import type { TenantHeaders, TraceHeaders } from '../generated/contract/headers.js';
import type { ProducedRecord, RecordHeaders } from '../generated/contract/record.js';
import { onlyValue } from '../generated/contract/runtime.js';

/** The headers that FORWARDED_HEADERS names, with their unchanged bytes. */
export type ForwardedHeaders = Readonly<Record<string, Buffer>>;

/** The contract's headers of a message: its tenant and its trace. */
export type MessageHeaders = TenantHeaders & TraceHeaders;

/** A tenant's headers. Events of sweeps carry the last ones seen, because no message causes these events. */
export type TenantContext = TenantHeaders & { readonly forwarded: ForwardedHeaders };

/** Everything that is copied. */
export type Context = TenantContext & TraceHeaders;

/** A longer forwarded header is dropped, because each event of its message would carry it. */
const MAX_FORWARDED_BYTES = 256;

const NO_FORWARDED: ForwardedHeaders = {};

/** Returns the named headers. A header that is repeated or too long is dropped. */
export function forwardedOf(headers: RecordHeaders | undefined, names: readonly string[]): ForwardedHeaders {
  if (headers === undefined) return NO_FORWARDED;
  const found: [string, Buffer][] = [];
  for (const name of names) {
    const bytes = bytesOf(headers[name]);
    if (bytes !== undefined && bytes.length <= MAX_FORWARDED_BYTES) found.push([name, bytes]);
  }
  // fromEntries, because a name may be __proto__.
  return found.length === 0 ? NO_FORWARDED : Object.fromEntries(found);
}

function bytesOf(header: RecordHeaders[string]): Buffer | undefined {
  const value = onlyValue(header);
  return typeof value === 'string' ? Buffer.from(value) : value;
}

/** Returns the record with the forwarded headers added to its own. */
export function withForwarded(record: ProducedRecord, { forwarded }: TenantContext): ProducedRecord {
  return forwarded === NO_FORWARDED ? record : { ...record, headers: { ...record.headers, ...forwarded } };
}
