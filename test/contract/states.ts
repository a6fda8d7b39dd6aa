/** The states that declarations name as `given`, and what must be true after messages that cause no event. */
import { expect } from '@jest/globals';
import type { Database } from '../../src/store/database.ts';
import { ask } from '../support/api.ts';
import { TENANT } from '../support/commands.ts';
import type { Instance } from '../support/instance.ts';

type Payload = Readonly<Record<string, unknown>>;

/** The pet and the character that a message is about. */
export interface Subject {
  readonly petId: number;
  readonly ownerId: number;
}

/** The owner of pets whose messages name none: an award has no actor. */
const SOME_OWNER = 12_340;
/** The pet of messages that name only its owner. */
const SOME_PET = 107;

export function subjectOf(payload: Payload): Subject {
  const first = (otherwise: number, ...names: readonly string[]) =>
    names.map((name) => Number(payload[name] ?? 0)).find((id) => id > 0) ?? otherwise;
  return {
    petId: first(SOME_PET, 'petId', 'objectId'),
    ownerId: first(SOME_OWNER, 'actorId', 'observerId', 'characterId'),
  };
}

const LOCATION = {
  worldId: 0,
  channelId: 1,
  mapId: 100_000_000n,
  instance: '00000000-0000-0000-0000-000000000000',
};
const FAR_FUTURE = new Date('9999-01-01T00:00:00Z');

type Setup = (database: Database, subject: Subject) => Promise<void>;

async function addPet(database: Database, { petId, ownerId }: Subject, values: object = {}): Promise<void> {
  const owner = { tenantId: TENANT.TENANT_ID, ownerId: BigInt(ownerId) };
  await database.owner.upsert({ where: { tenantId_ownerId: owner }, create: owner, update: {} });
  // An item that was deleted may be only of a pet that was created before.
  const pet = { id: BigInt(petId), templateId: 5_000_017n, name: `Pet${String(petId)}`, createdAt: new Date(0) };
  await database.pet.create({ data: { ...owner, ...pet, ...values } });
}

const OTHER_TEMPLATE = { templateId: 5_000_018n };

/** What creates each state. Nothing of another example is left then. */
const STATES: Readonly<Record<string, Setup>> = {
  'the pet is in the bag': (database, subject) => addPet(database, subject),
  'the pet is spawned': (database, subject) => addPet(database, subject, { slot: 0 }),
  'the pet is hungry': (database, subject) => addPet(database, subject, { slot: 0, fullness: 10 }),
  'the pet is as close as possible': (database, subject) =>
    addPet(database, subject, { slot: 0, level: 30, closeness: 30_000 }),
  'another pet is spawned': async (database, subject) => {
    await addPet(database, subject);
    await addPet(database, { ...subject, petId: subject.petId + 100 }, { slot: 0 });
  },
  'the pet is spawned, and another one in the slot above': async (database, subject) => {
    await addPet(database, subject, { slot: 0 });
    await addPet(database, { ...subject, petId: subject.petId + 100 }, { slot: 1, ...OTHER_TEMPLATE });
  },
  'the owner is in the game': async (database, subject) => {
    await addPet(database, subject, { slot: 0 });
    const session = { ...LOCATION, tenantId: TENANT.TENANT_ID, characterId: BigInt(subject.ownerId) };
    await database.characterSession.create({ data: { ...session, hungerDueAt: FAR_FUTURE } });
  },
};

/** Deletes what earlier examples left, and creates a state. */
export async function create(given: string | undefined, database: Database, subject: Subject): Promise<void> {
  await database.petPosition.deleteMany();
  await database.pet.deleteMany();
  await database.characterSession.deleteMany();
  if (given === undefined) return;
  const setup = STATES[given];
  if (setup === undefined)
    throw new Error(`no state is '${given}'; add it to test/contract/states.ts, or use ${Object.keys(STATES).join('; ')}`); // prettier-ignore
  await setup(database, subject);
}

/** What proves that a message was handled which causes no event. */
export const PROOFS: Readonly<
  Record<string, (service: { database: Database; instance: Instance }, payload: Payload) => Promise<void>>
> = {
  async Movement({ instance }, payload) {
    const { petId } = subjectOf(payload);
    const { json } = await ask(`${instance.url}/api/pets/${String(petId)}`);
    const { x, y, stance, fh } = payload;
    // 0 is no foothold.
    expect(json.data.attributes).toMatchObject({ x, y, stance, fh: fh === 0 ? 1 : fh });
  },
  async CharacterLogin({ database }, { worldId, body }) {
    const { channelId, mapId, instance } = body as Payload;
    expect(await sessions(database)).toEqual([[worldId, channelId, mapId, instance]]);
  },
  async CharacterMapChanged({ database }, { worldId, body }) {
    const { channelId, targetMapId, targetInstance } = body as Payload;
    expect(await sessions(database)).toEqual([[worldId, channelId, targetMapId, targetInstance]]);
  },
  async CharacterChannelChanged({ database }, { worldId, body }) {
    const { channelId, mapId, instance } = body as Payload;
    expect(await sessions(database)).toEqual([[worldId, channelId, mapId, instance]]);
  },
  async CharacterLogout({ database }) {
    expect(await sessions(database)).toEqual([]);
  },
  /** An item that is no pet. */
  async AssetDeleted({ database }) {
    expect(await database.pet.count()).toBe(1);
  },
};

async function sessions(database: Database) {
  const rows = await database.characterSession.findMany();
  return rows.map(({ worldId, channelId, mapId, instance }) => [worldId, channelId, Number(mapId), instance]);
}
