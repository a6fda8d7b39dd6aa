import type { BrokerRecord, Fetched } from '../../src/transport/broker.ts';

/** Returns a fetch of exactly these records; an empty one if there are none. */
export function fetchedOf(records: readonly BrokerRecord[]): Fetched {
  const [first, last] = [records[0], records.at(-1)];
  if (first === undefined || last === undefined) return { first: 0n, next: 0n, records };
  return { first: first.offset, next: last.offset + 1n, records };
}
