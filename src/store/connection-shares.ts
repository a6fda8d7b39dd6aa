/** How an instance divides its connections. HTTP has its own, so that no number of requests slows down consuming. */

/** A unit of work, a publisher for each of three channels, movements, two sweeps, and the checks of database and outbox at the same time. */
export const MAX_SERVICE_CONNECTIONS = 10;
/** Each of the three publishers holds one while the broker is slow; then one is left for the unit of work, and one for the rest. */
const MIN_SERVICE_CONNECTIONS = 5;
/** One for a write, one for reads. */
const MIN_HTTP_CONNECTIONS = 2;

export const MIN_CONNECTIONS = MIN_SERVICE_CONNECTIONS + MIN_HTTP_CONNECTIONS;

/** Returns half for each, except for what either needs at least and what the service can use at most. */
export function shareConnections(total: number): { readonly service: number; readonly http: number } {
  const service = Math.min(MAX_SERVICE_CONNECTIONS, Math.max(MIN_SERVICE_CONNECTIONS, Math.ceil(total / 2)));
  return { service, http: total - service };
}
