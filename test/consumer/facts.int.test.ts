/** Facts of other services, with a real broker and database: positions of spawned pets, deleted items, the multi-pet skill. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { assetStatus } from '../../generated/contract/channels/asset-status.js';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import { startStub } from '../../scripts/services/stub.ts';
import type { StubFailure, Stub } from '../../scripts/services/stub.ts';
import { ask } from '../support/api.ts';
import { award, character, command, createPets, header, json, sendable, spawn, TENANT } from '../support/commands.ts';
import type { Instance } from '../support/instance.ts';
import { untilMoved } from '../support/movements.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Seen } from '../support/rig.ts';
import { until } from '../support/until.ts';

const TEMPLATE = 5_000_017;
const context = () => ({ ...TENANT, traceparent: newTraceparent() });
const LOCATION = { worldId: 0, channelId: 1, mapId: 100, instance: '00000000-0000-0000-0000-000000000000' };

let rig: Rig;
let stub: Stub;
let instance: Instance;
let seenBefore = 0;
/** An id that no test has used; the answers of the stub depend on its last digits. */
let next = 1_000;
const owner = (lastDigits: number) => (next += 1_000) + lastDigits;

beforeAll(async () => {
  stub = await startStub();
  rig = await createRig();
  const names = ['CHARACTERS', 'DATA', 'INVENTORY', 'SKILLS'];
  instance = await rig.start(Object.fromEntries(names.map((name) => [`${name}_BASE_URL`, stub.baseUrl])));
});
afterAll(async () => {
  await rig.close();
  await stub.close();
});
beforeEach(async () => {
  seenBefore = (await rig.settled()).length;
});

/** Returns everything that was published since the test began. */
async function newRecords(): Promise<readonly Seen[]> {
  return (await rig.settled()).slice(seenBefore);
}
const login = (ownerId: number, mapId = LOCATION.mapId) =>
  rig.send([character(ownerId, { type: 'LOGIN', body: { channelId: 1, mapId } })], characterStatus);
const move = (petId: number, ownerId: number) =>
  untilMoved(instance, 1, () => {
    const movement = { ...LOCATION, objectId: petId, observerId: ownerId, x: 1, y: 2, stance: 3, fh: 4 };
    return rig.send([sendable(petMovement.encode(movement, context()))], petMovement);
  });
const positionIn = ({ x, y, stance, fh }: Record<string, unknown>) => ({ x, y, stance, fh });
/** Returns the position in the SPAWNED event. */
function spawnedAt(seen: readonly Seen[]) {
  const event = seen.map(json).find((one) => (one as { type: string }).type === 'SPAWNED');
  return event && positionIn((event as { body: Record<string, unknown> }).body);
}
/** Returns the position that HTTP shows. */
async function shownAt(petId: number) {
  const { json: document } = await ask(`${instance.url}/api/pets/${String(petId)}`);
  return positionIn(document.data.attributes);
}

describe('a pet is spawned', () => {
  it.each([
    ['at the position of its owner, on the foothold of the map', 123, 100, { x: 123, y: -23, stance: 0, fh: 42 }],
    ['on foothold 1 if the map has none', 123, 999_999_999, { x: 123, y: -23, stance: 0, fh: 1 }],
    ['on foothold 1 if its owner is not logged in', 123, undefined, { x: 123, y: -23, stance: 0, fh: 1 }],
    [
      'at the default position if the characters service does not know its owner',
      128,
      100,
      { x: 0, y: 0, stance: 0, fh: 1 },
    ],
  ])('%s, and keeps that position', async (_name, digits, mapId, position) => {
    const ownerId = owner(digits);
    const [petId = 0] = await createPets(rig.database, ownerId, 1);
    if (mapId !== undefined) await login(ownerId, mapId);
    await rig.settled();
    await rig.send([command(spawn(ownerId, petId))]);
    expect(spawnedAt(await newRecords())).toEqual(position);
    expect(await shownAt(petId)).toEqual(position);
  });

  it.each([
    ['at the position of its owner, not at its own last one', 456, { x: 456, y: -56, stance: 0, fh: 42 }],
    [
      'at its own last position if the characters service does not know its owner',
      458,
      { x: 1, y: 2, stance: 3, fh: 4 },
    ],
  ])('%s', async (_name, digits, position) => {
    const ownerId = owner(digits);
    const [petId = 0] = await createPets(rig.database, ownerId, 1);
    await login(ownerId);
    await rig.settled();
    await move(petId, ownerId);
    await rig.send([command(spawn(ownerId, petId))]);
    expect(spawnedAt(await newRecords())).toEqual(position);
    expect(await shownAt(petId)).toEqual(position);
    // It moves; at another location it has the default position.
    await move(petId, ownerId);
    expect(await shownAt(petId)).toEqual({ x: 1, y: 2, stance: 3, fh: 4 });
    await login(ownerId, 101);
    await rig.settled();
    expect(await shownAt(petId)).toEqual({ x: 0, y: 0, stance: 0, fh: 1 });
  });

  it('twice within one batch at the same position, for 100 owners concurrently', async () => {
    const owners = Array.from({ length: 100 }, () => owner(345));
    const pets = await Promise.all(owners.map(async (ownerId) => (await createPets(rig.database, ownerId, 1))[0] ?? 0));
    const despawn = (actorId: number, petId: number) => ({ actorId, petId, type: 'DESPAWN', body: {} }) as const;
    const all = owners.flatMap((ownerId, index) => {
      const petId = pets[index] ?? 0;
      return [spawn(ownerId, petId), despawn(ownerId, petId), spawn(ownerId, petId, true)];
    });
    await rig.send(all.map((one) => ({ ...command(one), partition: one.petId % 4 })));
    const events = (await newRecords()).map(json) as { type: string; body: Record<string, unknown> }[];
    const spawned = events.filter(({ type }) => type === 'SPAWNED').map(({ body }) => positionIn(body));
    expect(spawned).toEqual(Array(200).fill({ x: 345, y: -45, stance: 0, fh: 1 }));
  });
});

it('requests the facts of many messages together, not in a unit of work for each', async () => {
  const unitsOfWork = async () => {
    const metrics = await (await fetch(`${instance.url}/metrics`)).text();
    return Number(/^pets_batch_records_count (\d+)$/m.exec(metrics)?.[1]);
  };
  // Each owner is at another position of a map that was not requested yet: no answer is cached.
  const owners = Array.from({ length: 50 }, (_, index) => owner(index * 10));
  const pets = await Promise.all(owners.map(async (ownerId) => (await createPets(rig.database, ownerId, 1))[0] ?? 0));
  await rig.send(
    owners.map((ownerId) => character(ownerId, { type: 'LOGIN', body: { channelId: 1, mapId: 777 } })),
    characterStatus,
  );
  await rig.settled();
  const [requestsBefore, unitsBefore] = [stub.requests.data, await unitsOfWork()];
  await rig.send(pets.map((petId, index) => ({ ...command(spawn(owners[index] ?? 0, petId)), partition: 0 })));
  const events = (await newRecords()).map(json) as { type: string; body: Record<string, unknown> }[];
  expect(events.filter(({ type, body }) => type === 'SPAWNED' && body['fh'] === 42)).toHaveLength(50);
  expect(stub.requests.data - requestsBefore).toBe(50);
  expect((await unitsOfWork()) - unitsBefore).toBeLessThan(25);
});

it('rejects a second pet without the skill, and takes tricks and their probabilities from the data service', async () => {
  const ownerId = owner(9);
  const [first = 0, second = 0] = await createPets(rig.database, ownerId, 2);
  const attempt = (commandId: number) =>
    ({ actorId: ownerId, petId: first, type: 'ATTEMPT_COMMAND', body: { commandId, byName: true } }) as const;
  const all = [spawn(ownerId, first), spawn(ownerId, second), ...[0, 1, 2, 3].map(attempt)];
  await rig.send(all.map((one) => ({ ...command(one), partition: 0 })));
  const events = (await newRecords()).map(json) as { type: string; body: Record<string, unknown> }[];
  // Rejections have the pet as key, so these two have no order.
  const rejected = events.filter(({ type }) => type === 'REJECTED').map(({ body }) => body);
  expect(rejected).toHaveLength(2);
  expect(rejected).toContainEqual({ command: 'SPAWN', reason: 'MULTI_PET_SKILL_REQUIRED' });
  expect(rejected).toContainEqual({ command: 'ATTEMPT_COMMAND', reason: 'UNKNOWN_PET_SKILL' });
  const answers = events.filter(({ type }) => type === 'COMMAND_RESPONSE').map(({ body }) => body);
  expect(answers).toMatchObject([
    { commandId: 0, success: true, closeness: 3 },
    { commandId: 1, success: false, closeness: 5 },
    { commandId: 2, success: true, closeness: 5 },
  ]);
});

describe('the pet that is deleted with an item', () => {
  const SLOT = 7;
  const item = (id: number, slot: number, petId: number) => ({ id, slot, petId, templateId: TEMPLATE });
  const deleted = (characterId: number) =>
    rig.send(
      [sendable(assetStatus.encode({ characterId, templateId: TEMPLATE, slot: SLOT, type: 'DELETED' }, context()))],
      assetStatus,
    );

  it.each<[string, (ids: readonly number[]) => ReturnType<typeof item>[], number | undefined]>([
    [
      'is the one that the slot still names',
      ([a = 0, b = 0, c = 0]) => [item(1, 1, a), item(2, SLOT, b), item(3, 2, c)],
      1,
    ],
    [
      'is the missing one if the inventory no longer has the item',
      ([a = 0, b = 0]) => [item(1, 1, a), item(2, 2, b)],
      2,
    ],
    ['is none if the slot has an unknown pet', ([a = 0]) => [item(1, SLOT, a + 1_000_000)], undefined],
    ['is none if the inventory still has all pets', (ids) => ids.map((id, at) => item(at, 10 + at, id)), undefined],
  ])('%s', async (_name, items, deletedIndex) => {
    const ownerId = owner(1);
    const ids = await createPets(rig.database, ownerId, 3);
    stub.setInventory(ownerId, items(ids));
    await deleted(ownerId);
    const events = (await newRecords()).map(json) as { type: string; petId: number }[];
    expect(events).toMatchObject(deletedIndex === undefined ? [] : [{ type: 'DELETED', petId: ids[deletedIndex] }]);
  });

  it('is not guessed if several are missing', async () => {
    const ownerId = owner(1);
    await createPets(rig.database, ownerId, 2);
    await deleted(ownerId);
    expect((await newRecords()).map((one) => header(one, 'DEAD_LETTER_REASON'))).toEqual(['AMBIGUOUS_ASSET']);
  });
});

it.each<StubFailure>(['refused', 'garbage', 'wrong-shape', 'too-large', 'slow'])(
  'a failing service (%s) blocks only the lane that needs it, and is reported',
  async (failure) => {
    const ownerId = owner(678);
    const [first = 0, petId = 0, other = 0] = await createPets(rig.database, ownerId, 3);
    stub.fail('skills', failure);
    const behind = award(petId, 1);
    const elsewhere = award(other, 1);
    await rig.send(
      [spawn(ownerId, first), spawn(ownerId, petId), behind].map((one) => ({ ...command(one), partition: 0 })),
    );
    const isReported = async () =>
      (await (await fetch(`${instance.url}/readyz`)).text()).includes('REFERENCE_UNREACHABLE');
    await until('the failing service is not reported', isReported);
    await rig.send([{ ...command(elsewhere), partition: 1 }]);
    const answers = (seen: readonly Seen[]) =>
      seen
        .slice(seenBefore)
        .flatMap((one) => (json(one) as { body: { transactionId?: string } }).body.transactionId ?? []);
    await rig.seen((seen) => answers(seen).includes(elsewhere.transactionId ?? ''));
    stub.fail('skills', undefined);
    const seen = await newRecords();
    expect(answers(await rig.settled())).toEqual([elsewhere.transactionId, behind.transactionId]);
    expect(seen.map((one) => (json(one) as { type: string }).type)).toEqual(
      expect.arrayContaining(['SPAWNED', 'CLOSENESS_CHANGED']),
    );
    expect(seen.filter(({ channel }) => channel !== 'petStatus')).toEqual([]);
    await until('the service is still reported', async () => !(await isReported()));
  },
);

it('no request broke a rule of the APIs of the services', () => {
  expect(stub.violations).toEqual([]);
});
