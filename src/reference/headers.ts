import { unescape } from 'node:querystring';
import type { Asker } from './source.ts';

/**
 * Returns a text that is the same for all askers whose questions have the same answers, and only for them. Forwarded
 * headers count: they may decide which service answers.
 */
export function tenantKey({ TENANT_ID, REGION, MAJOR_VERSION, MINOR_VERSION, forwarded }: Asker): string {
  const more = Object.entries(forwarded).map(([name, bytes]) => ` ${name}=${bytes.toString('base64')}`);
  return `${TENANT_ID} ${MAJOR_VERSION}.${MINOR_VERSION}${more.join('')} ${REGION}`;
}

/** The headers of a request on an asker's behalf, names and values in turn. The versions are decimal text here. */
export function tenantHeaders(asker: Asker): string[] {
  const { TENANT_ID, REGION, MAJOR_VERSION, MINOR_VERSION, traceparent, forwarded } = asker;
  return [
    ...Object.entries(forwarded).flatMap(([name, bytes]) => [name, carried(bytes.toString('latin1'))]),
    ...['TENANT_ID', TENANT_ID],
    ...['REGION', carried(REGION)],
    ...['MAJOR_VERSION', String(MAJOR_VERSION)],
    ...['MINOR_VERSION', String(MINOR_VERSION)],
    ...['traceparent', traceparent],
  ];
}

/**
 * Percent-encodes what no HTTP header can carry: control characters, and a space at either end. Otherwise a question for
 * such a tenant could never be sent, and its messages would wait for ever.
 *
 * @param text one character a byte; HTTP carries those above 0x7f as they are.
 */
function carried(text: string): string {
  return text.replace(/[^\x20-\x7e\x80-\xff]|^ | $/g, encodeURIComponent);
}

/** The header for the user and password of a URL (percent-encoded there), name and value; none without them. */
export function authorization(user: string, password: string): string[] {
  if (!user && !password) return [];
  return ['Authorization', `Basic ${Buffer.from(`${unescape(user)}:${unescape(password)}`).toString('base64')}`];
}
