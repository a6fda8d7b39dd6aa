/** What a reader makes of the topics. */
import { isDeepStrictEqual } from 'node:util';
import { petStatus } from '../../generated/contract/channels/pet-status.ts';
import { header, json } from '../support/commands.ts';
import type { Seen } from '../support/rig.ts';

export interface Reading {
  /** First copies, per partition in order. */
  readonly first: readonly Seen[];
  readonly copies: number;
  readonly faults: readonly string[];
}

/**
 * Reads as docs/guarantees.md tells a reader to: of an owner's events, what has no higher SEQUENCE than all before it
 * is a copy. It is held against the MESSAGE_ID, which such a reader does not need.
 */
export function read(seen: readonly Seen[]): Reading {
  const known = new Map<string, Seen>();
  const highest = new Map<string, bigint>();
  const faults: string[] = [];
  let copies = 0;
  for (const record of seen) {
    const id = header(record, 'MESSAGE_ID') ?? header(record, 'DEAD_LETTER_ID') ?? '';
    const earlier = known.get(id);
    if (earlier === undefined) known.set(id, record);
    else {
      copies += 1;
      if (!isSame(earlier, record)) faults.push(`copies of ${id} differ`);
    }
    if (record.channel !== petStatus.name) continue;
    const owner = ownerKey(record);
    const sequence = sequenceOf(record);
    const isNew = sequence > (highest.get(owner) ?? 0n);
    if (isNew) highest.set(owner, sequence);
    if (isNew && earlier !== undefined) faults.push(`a copy of ${id} looks new to a reader`);
    if (!isNew && earlier === undefined) faults.push(`inversion: event ${String(sequence)} of ${owner} came late`);
  }
  return { first: [...known.values()], copies, faults };
}

/** The owner that an event names, with its tenant. */
export function ownerKey(record: Seen): string {
  const { ownerId } = json(record) as { ownerId: number };
  return `${header(record, 'TENANT_ID') ?? ''}/${String(ownerId)}`;
}

export function sequenceOf(record: Seen): bigint {
  return BigInt(header(record, 'SEQUENCE') ?? -1);
}

function isSame(one: Seen, other: Seen): boolean {
  const what = ({ channel, key, value, headers }: Seen) => ({ channel, key, value, headers });
  return isDeepStrictEqual(what(one), what(other));
}
