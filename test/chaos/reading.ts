/** Reads the published records as a consumer of the topics does. */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { header, json } from '../support/commands.ts';
import type { Seen } from '../support/rig.ts';

export interface Reading {
  /** First copies, per partition in order. */
  readonly first: readonly Seen[];
  readonly copies: number;
  /** Broken promises. */
  readonly findings: readonly string[];
}

/** The reader that docs/guarantees.md shows, as it stands there. */
const [, snippet = ''] = /```ts\n([^]*?)```/.exec(readFileSync('docs/guarantees.md', 'utf8')) ?? [];
const { newReader } = (await import(`data:text/javascript,${encodeURIComponent(stripTypeScriptTypes(snippet))}`)) as {
  newReader(): (headers: Seen['headers'], event: unknown) => boolean;
};

/** Gives that reader the status events, and compares its verdicts with the MESSAGE_ID, which it does not need. */
export function readAll(seen: readonly Seen[]): Reading {
  const known = new Map<string, Seen>();
  const partitions = new Map<string, number>();
  const isNewTo = newReader();
  const findings: string[] = [];
  let copies = 0;
  for (const record of seen) {
    const id = header(record, 'MESSAGE_ID') ?? header(record, 'DEAD_LETTER_ID') ?? '';
    const earlier = known.get(id);
    if (earlier === undefined) known.set(id, record);
    else {
      copies += 1;
      if (!isSame(earlier, record)) findings.push(`copies of ${id} differ`);
    }
    if (record.channel !== petStatus.name) continue;
    const owner = ownerKey(record);
    if ((partitions.get(owner) ?? record.partition) !== record.partition) findings.push(`${owner} has two partitions`);
    partitions.set(owner, record.partition);
    const isNew = isNewTo(record.headers, json(record));
    if (isNew && earlier !== undefined) findings.push(`a copy of ${id} looks new to a reader`);
    if (!isNew && earlier === undefined) {
      findings.push(`inversion: event ${String(sequenceOf(record))} of ${owner} came late`);
    }
  }
  return { first: [...known.values()], copies, findings };
}

/** Returns tenant and owner of an event. */
export function ownerKey(record: Seen): string {
  const { ownerId } = json(record) as { ownerId: number };
  return `${header(record, 'TENANT_ID') ?? ''}/${String(ownerId)}`;
}

export function sequenceOf(record: Seen): bigint {
  return BigInt(header(record, 'SEQUENCE') ?? -1);
}

function isSame(one: Seen, other: Seen): boolean {
  const what = ({ topic, partition, key, value, headers }: Seen) => ({ topic, partition, key, value, headers });
  return isDeepStrictEqual(what(one), what(other));
}
