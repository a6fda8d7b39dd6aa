/** The records that the Go service of the same protocol received and sent, as captured on its wire. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NOT_SPAWNED } from '../../src/domain/pet.ts';
import type { Pet } from '../../src/domain/pet.ts';

export interface CapturedRecord {
  /** The variable that names the topic. */
  readonly topic: string;
  /** Empty if there was no key. */
  readonly keyHex: string | null;
  /** Null if nothing was sent: a timer of the Go service caused the output. */
  readonly headersHex: Readonly<Record<string, string>> | null;
  readonly value: string;
}

interface CapturedPet {
  readonly id: number;
  readonly owner_id: number;
  readonly template_id: number;
  readonly name: string;
  readonly level: number;
  readonly closeness: number;
  readonly fullness: number;
  /** -1: not spawned. */
  readonly slot: number;
  readonly excludes: readonly number[];
}

export interface Step {
  readonly name: string;
  readonly petsBefore: readonly CapturedPet[];
  readonly input: CapturedRecord;
  readonly output: readonly CapturedRecord[];
  readonly petsAfter: readonly CapturedPet[];
}

const FOLDER = join(import.meta.dirname, 'captures');

/** Returns the name and the steps of every capture. */
export async function captures(): Promise<[name: string, steps: readonly Step[]][]> {
  const files = (await readdir(FOLDER)).sort();
  return Promise.all(
    files.map(async (file) => [
      file.replace('.json', ''),
      JSON.parse(await readFile(join(FOLDER, file), 'utf8')) as Step[],
    ]),
  );
}

/** Returns the record as the topic had it. */
export function recordOf({ keyHex, headersHex, value }: CapturedRecord) {
  const headers = Object.entries(headersHex ?? {}).map(([name, hex]) => [name, Buffer.from(hex, 'hex')]);
  return {
    key: keyHex ? Buffer.from(keyHex, 'hex') : null,
    value: Buffer.from(value),
    headers: Object.fromEntries(headers) as Record<string, Buffer>,
  };
}

export function petOf(captured: CapturedPet): Pet {
  const { id, owner_id: ownerId, template_id: templateId, name, level, closeness, fullness, slot, excludes } = captured;
  return { id, ownerId, templateId, name, level, closeness, fullness, slot, excludes, expiration: null, createdAt: 0 };
}

/** Returns the row of the pet table for a pet of a tenant. */
export function rowOf(pet: Pet, tenantId: string, expiration: Date | null) {
  const { id, ownerId, templateId, name, level, closeness, fullness, slot, excludes } = pet;
  return {
    id: BigInt(id),
    tenantId,
    ownerId: BigInt(ownerId),
    templateId: BigInt(templateId),
    name,
    level,
    closeness,
    fullness,
    slot: slot === NOT_SPAWNED ? null : slot,
    excludes: excludes.map(BigInt),
    expiration,
  };
}
