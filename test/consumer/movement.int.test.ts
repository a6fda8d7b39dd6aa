/** The position of a pet is that of its newest movement, while its owner stays at the location. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import type { PetMovementCommand } from '../../generated/contract/messages/pet-movement.js';
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

const DEFAULT_POSITION = { x: 0, y: 0, stance: 0, fh: 1 };
const LOCATION = { worldId: 0, channelId: 1, mapId: 100_000_000, instance: '00000000-0000-0000-0000-000000000000' };

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
    petMovement.encode({ ...LOCATION, objectId: petId, observerId: owner, x: 1, y: 2, stance: 3, ...to }, context()),
  );
const character = (event: object) => characterOf(owner, event);
const login = (location: object = {}) =>
  rig.send([character({ type: 'LOGIN', body: { channelId: 1, mapId: LOCATION.mapId, ...location } })], characterStatus);

const countOf = (outcome: string) => movementsThat(instance, outcome);
const moved = (...moves: readonly Sendable[]) => untilMoved(instance, moves.length, () => rig.send(moves, petMovement));

/** Returns the position that HTTP shows. */
async function shownPosition(id = petId) {
  const { x, y, stance, fh } = (await ask(`${instance.url}/api/pets/${String(id)}`)).json.data.attributes;
  return { x, y, stance, fh };
}

/** Spawns the pet. @returns the position in SPAWNED. */
async function spawnPosition(id = petId) {
  const record = command(spawn(owner, id));
  const trace = String(record.headers['traceparent']);
  await rig.send([record]);
  const isExpected = (seen: Parameters<typeof header>[0]) =>
    header(seen, 'traceparent') === trace && (json(seen) as { type: string }).type === 'SPAWNED';
  const event = (await rig.seen((seen) => seen.some(isExpected))).find(isExpected);
  const { x, y, stance, fh } = (event && (json(event) as { body: Record<string, number> }).body) ?? {};
  return { x, y, stance, fh };
}

describe('a movement', () => {
  it('is the position of the pet in HTTP and in SPAWNED', async () => {
    expect(await shownPosition()).toEqual(DEFAULT_POSITION);
    await moved(move({ x: -5, y: 7, stance: 255, fh: 12 }), move({ x: 100, y: -200, stance: 2, fh: 9 }));
    const expected = { x: 100, y: -200, stance: 2, fh: 9 };
    expect(await shownPosition()).toEqual(expected);
    expect(await spawnPosition()).toEqual(expected);
    expect(await shownPosition()).toEqual(expected);
    const list = await ask(`${instance.url}/api/characters/${String(owner)}/pets`);
    expect((list.json.data as unknown as { attributes: object }[]).map((one) => one.attributes)).toMatchObject([
      expected,
      DEFAULT_POSITION,
    ]);
  });

  it('without a foothold, or with foothold 0, keeps the foothold at this location', async () => {
    await moved(move({ x: 3 }));
    expect(await shownPosition()).toEqual({ x: 3, y: 2, stance: 3, fh: 1 });
    await moved(move({ fh: 9 }));
    await moved(move({ x: 4 }));
    expect(await shownPosition()).toEqual({ x: 4, y: 2, stance: 3, fh: 9 });
    await moved(move({ x: 5, fh: 0 }));
    expect(await shownPosition()).toEqual({ x: 5, y: 2, stance: 3, fh: 9 });
    // The first is superseded before it is written.
    await moved(move({ fh: -8 }), move({ x: 6, fh: 0 }), move({ x: 7 }));
    expect(await shownPosition()).toEqual({ x: 7, y: 2, stance: 3, fh: -8 });
    await moved(move({ x: 8, mapId: 1 }));
    expect(await shownPosition()).toEqual({ x: 8, y: 2, stance: 3, fh: 1 });
  });

  it('counts at the location of the session, and is stale at others', async () => {
    await login();
    await rig.settled();
    const stale = await countOf('stale');
    await moved(move({ x: 7 }));
    for (const elsewhere of [
      { worldId: 1 },
      { channelId: 2 },
      { mapId: 1 },
      { instance: 'b5d0a4b6-6f0b-4a39-9d4f-0c1f5f0a7a11' },
    ]) {
      await moved(move({ x: 8, ...elsewhere }));
    }
    expect((await countOf('stale')) - stale).toBe(4);
    expect(await shownPosition()).toMatchObject({ x: 7 });
  });

  it("of another owner's pet, of no pet, or of another tenant's pet is dropped and counted", async () => {
    const before = { foreign: await countOf('foreign'), unknown: await countOf('unknown') };
    const tenant = { ...context(), TENANT_ID: 'aaaaaaaa-c47c-42a6-9585-76492795d123' };
    await moved(
      move({ observerId: owner + 1 }),
      move({ objectId: 4_000_000_000 }),
      {
        ...move({}),
        value: String(move({}).value).replace(`"objectId":${String(petId)}`, '"objectId":9007199254740991'),
      },
      sendable(petMovement.encode({ ...LOCATION, objectId: other, observerId: owner, x: 1, y: 2, stance: 3 }, tenant)),
    );
    expect(await countOf('foreign')).toBe(before.foreign + 1);
    expect(await countOf('unknown')).toBe(before.unknown + 3);
    expect([await shownPosition(), await shownPosition(other)]).toEqual([DEFAULT_POSITION, DEFAULT_POSITION]);
  });

  it('that is dropped does not drop valid ones of the same pet', async () => {
    await login();
    await rig.settled();
    const before = await countOf('written');
    await moved(
      move({ x: 5 }),
      move({ x: 6, mapId: 1 }),
      move({ x: 7 }),
      move({ x: 8, observerId: owner + 1 }),
      move({ x: 9, channelId: 9 }),
    );
    expect(await shownPosition()).toMatchObject({ x: 7 });
    expect((await countOf('written')) - before).toBeGreaterThanOrEqual(1);
  });

  it('that breaks the contract causes a dead letter', async () => {
    await rig.send([{ ...move({}), value: '{"x": 40000}' }], petMovement);
    const isExpected = (seen: Parameters<typeof header>[0]) =>
      header(seen, 'DEAD_LETTER_TOPIC') === rig.environment[petMovement.env];
    const [record] = (await rig.seen((seen) => seen.some(isExpected))).filter(isExpected);
    expect(record && header(record, 'DEAD_LETTER_REASON')).toBe('INVALID_PAYLOAD');
    expect(record && header(record, 'DEAD_LETTER_GROUP')).toMatch(/-movement$/);
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
      'because another session has locked its row',
      async () => {
        await session.query('BEGIN');
        await session.query('SELECT 1 FROM pet_position WHERE pet_id = $1 FOR UPDATE', [petId]);
      },
      () => session.query('COMMIT'),
    ],
  ])('%s is dropped and counted, and all others are saved', async (_why, begin, end) => {
    await moved(move({ x: 1 }));
    const failed = await countOf('failed');
    await begin();
    const many = await createPets(rig.database, owner, 50);
    const others = many.map((objectId, index) => move({ objectId, x: index }));
    await moved(...others.slice(0, 20), move({ x: 7777 }), ...others.slice(20));
    expect((await countOf('failed')) - failed).toBe(1);
    expect(await shownPosition()).toMatchObject({ x: 1 });
    for (const [index, id] of many.entries()) expect(await shownPosition(id)).toMatchObject({ x: index });
    await end();
    await moved(move({ x: 2 }));
    expect(await shownPosition()).toMatchObject({ x: 2 });
  });
});

describe('the position of a pet is deleted', () => {
  it.each<[string, object]>([
    ['LOGIN', { type: 'LOGIN', body: { channelId: 1, mapId: LOCATION.mapId } }],
    ['LOGOUT', { type: 'LOGOUT', body: { channelId: 1, mapId: LOCATION.mapId } }],
    ['MAP_CHANGED', { type: 'MAP_CHANGED', body: { channelId: 1, targetMapId: 7 } }],
    ['CHANNEL_CHANGED', { type: 'CHANNEL_CHANGED', body: { channelId: 2, mapId: LOCATION.mapId } }],
  ])('by %s', async (_type, event) => {
    await moved(move({ x: 5 }), move({ objectId: other, x: 6 }));
    await rig.send([character(event)], characterStatus);
    await rig.settled();
    expect([await shownPosition(), await shownPosition(other)]).toEqual([DEFAULT_POSITION, DEFAULT_POSITION]);
    expect(await rig.database.petPosition.count({ where: { petId: { in: [BigInt(petId), BigInt(other)] } } })).toBe(0);
  });

  it('with the pet if its owner is deleted', async () => {
    await moved(move({ x: 5 }));
    await rig.send([character({ type: 'DELETED' })], characterStatus);
    await rig.settled();
    expect(await rig.database.petPosition.count({ where: { petId: BigInt(petId) } })).toBe(0);
  });

  it('and a position that is saved after its owner has left is not shown', async () => {
    await login({ mapId: 7 });
    await rig.settled();
    // The row that an upsert leaves which has read the session a moment earlier.
    await rig.database.petPosition.create({
      data: { ...LOCATION, mapId: BigInt(LOCATION.mapId), petId: BigInt(petId), x: 9, y: 9, stance: 9, fh: 9 },
    });
    expect(await shownPosition()).toEqual(DEFAULT_POSITION);
    expect(await spawnPosition()).toEqual(DEFAULT_POSITION);
  });
});

it('movements that arrive while no instance runs are read by the next one, although none was read before', async () => {
  const own = await createRig();
  await (await own.start()).stop();
  await own.send([{ ...move({}), value: '[]' }], petMovement);
  await own.start();
  const [record] = await own.seen((seen) => seen.length > 0);
  expect(record && header(record, 'DEAD_LETTER_OFFSET')).toBe('0');
  await own.close();
});
