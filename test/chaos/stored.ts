/** Reads pets and sessions from the database. */
import type { Session } from '../../src/domain/session.ts';
import { petOfRow } from '../support/commands.ts';
import type { Rig } from '../support/rig.ts';
import type { Known } from './model.ts';

/** Returns all pets, by id. */
export async function storedPets({ database }: Rig): Promise<Map<number, Known>> {
  const rows = await database.pet.findMany();
  return new Map(
    rows.map((row) => {
      const pet = {
        ...petOfRow(row),
        expiration: row.expiration?.getTime() ?? null,
        cashId: BigInt(row.cashId.toFixed()),
        flag: row.flag,
        purchaseBy: Number(row.purchaseBy),
      };
      return [pet.id, { tenantId: row.tenantId, pet }];
    }),
  );
}

export interface StoredSessions {
  /** By tenant and character. */
  readonly sessions: ReadonlyMap<string, Session>;
  /** When hunger is due: milliseconds since 1970. */
  readonly due: ReadonlyMap<string, number>;
}

export async function storedSessions({ database }: Rig): Promise<StoredSessions> {
  const rows = await database.characterSession.findMany();
  const keyOf = (row: (typeof rows)[number]) => `${row.tenantId}/${String(row.characterId)}`;
  return {
    sessions: new Map(
      rows.map((row) => {
        const { worldId, channelId, mapId, instance } = row;
        return [keyOf(row), { worldId, channelId, mapId: Number(mapId), instance }];
      }),
    ),
    due: new Map(rows.map((row) => [keyOf(row), row.hungerDueAt.getTime()])),
  };
}
