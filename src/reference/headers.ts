import { unescape } from 'node:querystring';
import type { Asker } from './source.ts';

/** Whose world is asked about: the same for all askers of one tenant, and only for them. */
export function tenantKey({ TENANT_ID, REGION, MAJOR_VERSION, MINOR_VERSION }: Asker): string {
  return `${TENANT_ID} ${MAJOR_VERSION}.${MINOR_VERSION} ${REGION}`;
}

/** The headers of a request on an asker's behalf, names and values in turn. The versions are decimal text here. */
export function tenantHeaders({ TENANT_ID, REGION, MAJOR_VERSION, MINOR_VERSION, traceparent }: Asker): string[] {
  return [
    ...['TENANT_ID', TENANT_ID],
    ...['REGION', carried(REGION)],
    ...['MAJOR_VERSION', String(MAJOR_VERSION)],
    ...['MINOR_VERSION', String(MINOR_VERSION)],
    ...['traceparent', traceparent],
  ];
}

/**
 * A region is any ASCII. What no header can carry (control characters, a space at either end) is percent-encoded, or what
 * is asked for such a tenant could never be sent, and its messages would wait for ever.
 */
function carried(region: string): string {
  return region.replace(/\p{Cc}|^ | $/gu, encodeURIComponent);
}

/** The header for the user and password of a URL (percent-encoded there), name and value; none without them. */
export function authorization(user: string, password: string): string[] {
  if (!user && !password) return [];
  return ['Authorization', `Basic ${Buffer.from(`${unescape(user)}:${unescape(password)}`).toString('base64')}`];
}
