/** Where pets stand: the newest movement of each, as long as its owner is there. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { characterStatus } from '../../generated/contract/channels/character-status.ts';
import { petMovement } from '../../generated/contract/channels/pet-movement.ts';
import { newTraceparent } from '../../generated/contract/headers.ts';
import type { PetMovementCommand } from '../../generated/contract/messages/pet-movement.ts';
import { ask } from '../support/api.ts';
import {
  character as characterOf,
  command,
  createPets,
  header,
  json,
  sendable,
  spawn,
  TENANT,
} from '../support/commands.ts';
import type { Instance } from '../support/instance.ts';
import { movementsThat, untilMoved } from '../support/movements.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Sendable } from '../support/rig.ts';

const NOWHERE = { x: 0, y: 0, stance: 0, fh: 1 };
const PLACE = { worldId: 0, channelId: 1, mapId: 100_000_000, instance: '00000000-0000-0000-0000-000000000000' };

let rig: Rig;
let instance: Instance;
let session: pg.Client;
let owner = 20_000;
let petId: number;
let other: number;
beforeAll(async () => {
  rig = await createRig();
  instance = await rig.start();
  session = new pg.Client({ connectionString: rig.environment['DATABASE_URL'] ?? '' });
  await session.connect();
});
beforeEach(async () => {
  owner += 1;
  [petId = 0, other = 0] = await createPets(rig.database, owner, 2);
});
afterAll(async () => {
  await session.end();
  await rig.close();
});

const context = () => ({ ...TENANT, traceparent: newTraceparent() });
const move = (to: Partial<PetMovementCommand>) =>
  sendable(
    petMovement.encode({ ...PLACE, objectId: petId, observerId: owner, x: 1, y: 2, stance: 3, ...to }, context()),
  );
const character = (event: object) => characterOf(owner, event);
const login = (place: object = {}) =>
  rig.send([character({ type: 'LOGIN', body: { channelId: 1, mapId: PLACE.mapId, ...place } })], characterStatus);

const counted = (outcome: string) => movementsThat(instance, outcome);
const moved = (...moves: readonly Sendable[]) => untilMoved(instance, moves.length, () => rig.send(moves, petMovement));

/** Where HTTP shows the pet. */
async function shown(id = petId) {
  const { x, y, stance, fh } = (await ask(`${instance.url}/api/pets/${String(id)}`)).json.data.attributes;
  return { x, y, stance, fh };
}

/** Where SPAWNED says that the pet is. */
async function spawned(id = petId) {
  const record = command(spawn(owner, id));
  const trace = String(record.headers['traceparent']);
  await rig.send([record]);
  const isIt = (seen: Parameters<typeof header>[0]) =>
    header(seen, 'traceparent') === trace && (json(seen) as { type: string }).type === 'SPAWNED';
  const event = (await rig.seen((seen) => seen.some(isIt))).find(isIt);
  const { x, y, stance, fh } = (event && (json(event) as { body: Record<string, number> }).body) ?? {};
  return { x, y, stance, fh };
}

describe('a movement', () => {
  it('is where the pet stands: for who asks, for whom it comes out', async () => {
    expect(await shown()).toEqual(NOWHERE);
    await moved(move({ x: -5, y: 7, stance: 255, fh: 12 }), move({ x: 100, y: -200, stance: 2, fh: 9 }));
    const there = { x: 100, y: -200, stance: 2, fh: 9 };
    expect(await shown()).toEqual(there);
    expect(await spawned()).toEqual(there);
    expect(await shown()).toEqual(there);
    const list = await ask(`${instance.url}/api/characters/${String(owner)}/pets`);
    expect((list.json.data as unknown as { attributes: object }[]).map((one) => one.attributes)).toMatchObject([
      there,
      NOWHERE,
    ]);
  });

  it('without a foothold, or with foothold 0, keeps the one that was known in this place', async () => {
    await moved(move({ x: 3 }));
    expect(await shown()).toEqual({ x: 3, y: 2, stance: 3, fh: 1 });
    await moved(move({ fh: 9 }));
    await moved(move({ x: 4 }));
    expect(await shown()).toEqual({ x: 4, y: 2, stance: 3, fh: 9 });
    await moved(move({ x: 5, fh: 0 }));
    expect(await shown()).toEqual({ x: 5, y: 2, stance: 3, fh: 9 });
    // Superseded before it was written.
    await moved(move({ fh: -8 }), move({ x: 6, fh: 0 }), move({ x: 7 }));
    expect(await shown()).toEqual({ x: 7, y: 2, stance: 3, fh: -8 });
    await moved(move({ x: 8, mapId: 1 }));
    expect(await shown()).toEqual({ x: 8, y: 2, stance: 3, fh: 1 });
  });

  it('at the place of the session counts, elsewhere it is stale', async () => {
    await login();
    await rig.settled();
    const stale = await counted('stale');
    await moved(move({ x: 7 }));
    for (const elsewhere of [
      { worldId: 1 },
      { channelId: 2 },
      { mapId: 1 },
      { instance: 'b5d0a4b6-6f0b-4a39-9d4f-0c1f5f0a7a11' },
    ]) {
      await moved(move({ x: 8, ...elsewhere }));
    }
    expect((await counted('stale')) - stale).toBe(4);
    expect(await shown()).toMatchObject({ x: 7 });
  });

  it("of somebody else's pet, of no pet, or of another tenant's is dropped and counted", async () => {
    const before = { foreign: await counted('foreign'), unknown: await counted('unknown') };
    const tenant = { ...context(), TENANT_ID: 'aaaaaaaa-c47c-42a6-9585-76492795d123' };
    await moved(
      move({ observerId: owner + 1 }),
      move({ objectId: 4_000_000_000 }),
      {
        ...move({}),
        value: String(move({}).value).replace(`"objectId":${String(petId)}`, '"objectId":9007199254740991'),
      },
      sendable(petMovement.encode({ ...PLACE, objectId: other, observerId: owner, x: 1, y: 2, stance: 3 }, tenant)),
    );
    expect(await counted('foreign')).toBe(before.foreign + 1);
    expect(await counted('unknown')).toBe(before.unknown + 3);
    expect([await shown(), await shown(other)]).toEqual([NOWHERE, NOWHERE]);
  });

  it('that is dropped takes none along that is true', async () => {
    await login();
    await rig.settled();
    const before = await counted('written');
    await moved(
      move({ x: 5 }),
      move({ x: 6, mapId: 1 }),
      move({ x: 7 }),
      move({ x: 8, observerId: owner + 1 }),
      move({ x: 9, channelId: 9 }),
    );
    expect(await shown()).toMatchObject({ x: 7 });
    expect((await counted('written')) - before).toBeGreaterThanOrEqual(1);
  });

  it('that breaks the contract is a dead letter', async () => {
    await rig.send([{ ...move({}), value: '{"x": 40000}' }], petMovement);
    const isIt = (seen: Parameters<typeof header>[0]) =>
      header(seen, 'DEAD_LETTER_TOPIC') === rig.environment[petMovement.env];
    const [letter] = (await rig.seen((seen) => seen.some(isIt))).filter(isIt);
    expect(letter && header(letter, 'DEAD_LETTER_REASON')).toBe('INVALID_PAYLOAD');
    expect(letter && header(letter, 'DEAD_LETTER_GROUP')).toMatch(/-movement$/);
  });
});

describe('a movement that cannot be saved', () => {
  it.each([
    [
      'because the database refuses it',
      () => rig.database.$executeRawUnsafe('ALTER TABLE pet_position ADD CONSTRAINT armed CHECK (x <> 7777)'),
      () => rig.database.$executeRawUnsafe('ALTER TABLE pet_position DROP CONSTRAINT armed'),
    ],
    [
      'because another session holds its row',
      async () => {
        await session.query('BEGIN');
        await session.query('SELECT 1 FROM pet_position WHERE pet_id = $1 FOR UPDATE', [petId]);
      },
      () => session.query('COMMIT'),
    ],
  ])('%s is dropped and counted, and all others are saved', async (_why, begin, end) => {
    await moved(move({ x: 1 }));
    const failed = await counted('failed');
    await begin();
    const many = await createPets(rig.database, owner, 50);
    const others = many.map((objectId, index) => move({ objectId, x: index }));
    await moved(...others.slice(0, 20), move({ x: 7777 }), ...others.slice(20));
    expect((await counted('failed')) - failed).toBe(1);
    expect(await shown()).toMatchObject({ x: 1 });
    for (const [index, id] of many.entries()) expect(await shown(id)).toMatchObject({ x: index });
    await end();
    await moved(move({ x: 2 }));
    expect(await shown()).toMatchObject({ x: 2 });
  });
});

describe('where a pet stands is forgotten', () => {
  it.each<[string, object]>([
    ['LOGIN', { type: 'LOGIN', body: { channelId: 1, mapId: PLACE.mapId } }],
    ['LOGOUT', { type: 'LOGOUT', body: { channelId: 1, mapId: PLACE.mapId } }],
    ['MAP_CHANGED', { type: 'MAP_CHANGED', body: { channelId: 1, targetMapId: 7 } }],
    ['CHANNEL_CHANGED', { type: 'CHANNEL_CHANGED', body: { channelId: 2, mapId: PLACE.mapId } }],
  ])('by %s', async (_type, event) => {
    await moved(move({ x: 5 }), move({ objectId: other, x: 6 }));
    await rig.send([character(event)], characterStatus);
    await rig.settled();
    expect([await shown(), await shown(other)]).toEqual([NOWHERE, NOWHERE]);
    expect(await rig.database.petPosition.count({ where: { petId: { in: [BigInt(petId), BigInt(other)] } } })).toBe(0);
  });

  it('with the pet, when its owner is deleted', async () => {
    await moved(move({ x: 5 }));
    await rig.send([character({ type: 'DELETED' })], characterStatus);
    await rig.settled();
    expect(await rig.database.petPosition.count({ where: { petId: BigInt(petId) } })).toBe(0);
  });

  it('a position that came late, after its owner had left, is shown to nobody', async () => {
    await login({ mapId: 7 });
    await rig.settled();
    // As an upsert leaves it that has read the session a moment earlier.
    await rig.database.petPosition.create({
      data: { ...PLACE, mapId: BigInt(PLACE.mapId), petId: BigInt(petId), x: 9, y: 9, stance: 9, fh: 9 },
    });
    expect(await shown()).toEqual(NOWHERE);
    expect(await spawned()).toEqual(NOWHERE);
  });
});

it('what comes while nobody reads is read by who comes next, though nothing was read before', async () => {
  const own = await createRig();
  await (await own.start()).stop();
  await own.send([{ ...move({}), value: '[]' }], petMovement);
  await own.start();
  const [letter] = await own.seen((seen) => seen.length > 0);
  expect(letter && header(letter, 'DEAD_LETTER_OFFSET')).toBe('0');
  await own.close();
});
