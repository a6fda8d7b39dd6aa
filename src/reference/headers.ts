import { unescape as percentDecode } from 'node:querystring';
import type { Asker } from './source.ts';

/**
 * Returns a text that is equal for askers whose questions have the same answers. Forwarded headers are part of it, because
 * they may decide which service answers.
 */
export function tenantKey({ TENANT_ID, REGION, MAJOR_VERSION, MINOR_VERSION, forwarded }: Asker): string {
  const more = Object.entries(forwarded).map(([name, bytes]) => ` ${name}=${bytes.toString('base64')}`);
  return `${TENANT_ID} ${MAJOR_VERSION}.${MINOR_VERSION}${more.join('')} ${REGION}`;
}

/** Returns the headers of a request for an asker, as alternating names and values. The versions are decimal text. */
export function tenantHeaders(asker: Asker): string[] {
  const { TENANT_ID, REGION, MAJOR_VERSION, MINOR_VERSION, traceparent, forwarded } = asker;
  return [
    ...Object.entries(forwarded).flatMap(([name, bytes]) => [name, encodeHeader(bytes.toString('latin1'))]),
    ...['TENANT_ID', TENANT_ID],
    ...['REGION', encodeHeader(REGION)],
    ...['MAJOR_VERSION', String(MAJOR_VERSION)],
    ...['MINOR_VERSION', String(MINOR_VERSION)],
    ...['traceparent', traceparent],
  ];
}

/**
 * Percent-encodes what an HTTP header cannot contain: control characters, and a space at either end. Otherwise no request for
 * such a tenant could be sent, and its messages would wait for ever.
 *
 * @param text one character per byte. HTTP allows bytes above 0x7f.
 */
function encodeHeader(text: string): string {
  return text.replace(/[^\x20-\x7e\x80-\xff]|^ | $/g, encodeURIComponent);
}

/** Returns name and value of the header for the user and password of a URL; an empty list if the URL has none. */
export function authorization(user: string, password: string): string[] {
  if (!user && !password) return [];
  return [
    'Authorization',
    `Basic ${Buffer.from(`${percentDecode(user)}:${percentDecode(password)}`).toString('base64')}`,
  ];
}
