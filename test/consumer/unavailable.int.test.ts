/** Other services that fail at one question, or altogether, on the real parts and with short limits: who waits, for how long. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { assetStatus } from '../../generated/contract/channels/asset-status.ts';
import { characterStatus } from '../../generated/contract/channels/character-status.ts';
import { newTraceparent } from '../../generated/contract/headers.ts';
import { startStub } from '../../scripts/services/stub.ts';
import type { Stub } from '../../scripts/services/stub.ts';
import { award, character, command, createPets, header, json, sendable, spawn, TENANT } from '../support/commands.ts';
import { startInProcess } from '../support/in-process.ts';
import type { InProcess } from '../support/in-process.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Seen } from '../support/rig.ts';
import { runScript } from '../support/script.ts';
import { until } from '../support/until.ts';

const TEMPLATE = 5_000_017;
const FOREVER = 1_000_000;

let rig: Rig;
let stub: Stub;
let service: InProcess;
let next = 1_000;
/** A character that no test has used; the stub looks at its last digits. */
const owner = (lastDigits: number) => (next += 1_000) + lastDigits;

beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig.close());
let already = 0;
beforeEach(async () => {
  stub = await startStub();
  already = (await rig.seen(() => true)).length;
});
afterEach(async () => {
  await service.stop();
  await stub.close();
  expect(stub.violations).toEqual([]);
});

async function start(limits: { maxQuestionRetryMs?: number; maxDecorationWaitMs?: number }): Promise<void> {
  const { baseUrl } = stub;
  service = await startInProcess(rig, baseUrl, {
    maxQuestionRetryMs: FOREVER,
    maxDecorationWaitMs: FOREVER,
    ...limits,
  });
}

const typeOf = (record: Seen) => (json(record) as { type?: string }).type;
const bodyOf = (record: Seen) => (json(record) as { body: Record<string, unknown> }).body;
const transactionOf = (record: Seen) => (bodyOf(record)['transactionId'] ?? '') as string;
/** What came of what was sent since the test began. */
async function events(): Promise<readonly Seen[]> {
  return (await rig.settled()).slice(already);
}
/** Waits until the award was applied. @returns what was published until then since the test began. */
async function untilApplied({ transactionId }: ReturnType<typeof award>): Promise<readonly Seen[]> {
  const seen = await rig.seen((all) =>
    all.some(
      (one) => one.value !== null && typeOf(one) === 'CLOSENESS_CHANGED' && transactionOf(one) === transactionId,
    ),
  );
  return seen.slice(already);
}
const at = (partition: number, message: Parameters<typeof command>[0]) => ({ ...command(message), partition });
const isHeld = () => until('nobody asks', () => Promise.resolve(stub.requests.skills > 0));

describe('a question that fails', () => {
  it('about the skill is given up while others are answered: the command is rejected, its lane goes on, no other waits', async () => {
    const [poor, other] = [owner(1), owner(2)];
    const [first = 0, second = 0] = await createPets(rig.database, poor, 2);
    const [third = 0, fourth = 0, free = 0] = await createPets(rig.database, other, 3);
    stub.fail('skills', '500', poor);
    await start({ maxQuestionRetryMs: 1_500 });
    const [behind, elsewhere] = [award(second, 1), award(free, 1)];
    await rig.send([spawn(poor, first), spawn(poor, second), behind].map((one) => at(0, one)));
    await isHeld();
    // Another lane, and the question of another: both are answered at once.
    await rig.send([spawn(other, third), spawn(other, fourth), elsewhere].map((one) => at(1, one)));
    const early = await untilApplied(elsewhere);
    expect(early.map(typeOf)).not.toContain('REJECTED');
    const seen = await events();
    const [rejection, ...more] = seen.filter((one) => typeOf(one) === 'REJECTED');
    expect(json(rejection!)).toMatchObject({ petId: second, body: { command: 'SPAWN', reason: 'FACT_UNAVAILABLE' } });
    expect(more).toEqual([]);
    expect(seen.filter((one) => typeOf(one) === 'SPAWNED')).toHaveLength(3);
    expect(seen.map((one) => (typeOf(one) === 'CLOSENESS_CHANGED' ? transactionOf(one) : ''))).toContain(
      behind.transactionId,
    );
    // It was never said to be trouble of the service.
    expect(service.reasons).toEqual([]);
  });

  it('about the skill holds its partition until the service answers another, also if that comes behind it', async () => {
    const [poor, other, last] = [owner(1), owner(2), owner(3)];
    const [first = 0, second = 0] = await createPets(rig.database, poor, 2);
    const spawns = async (ownerId: number) =>
      (await createPets(rig.database, ownerId, 1)).map((petId) => at(0, spawn(ownerId, petId)));
    // Nobody but this partition asks the service, and it fails at everything for a while.
    stub.fail('skills', '500');
    await start({ maxQuestionRetryMs: 300 });
    await rig.send([at(0, spawn(poor, first)), at(0, spawn(poor, second)), ...(await spawns(other))]);
    const isSaid = () => Promise.resolve(service.reasons.some((reason) => reason.includes('REFERENCE_UNREACHABLE')));
    await until('nobody says so', isSaid);
    stub.fail('skills', undefined);
    stub.fail('skills', '500', poor);
    const seen = await events();
    const rejections = seen.filter((one) => typeOf(one) === 'REJECTED').map(json);
    expect(rejections).toMatchObject([{ petId: second, body: { reason: 'FACT_UNAVAILABLE' } }]);
    expect(seen.filter((one) => typeOf(one) === 'SPAWNED')).toHaveLength(2);

    // The same if nothing was behind it when the outage was found out.
    already = (await rig.seen(() => true)).length;
    await service.stop();
    await start({ maxQuestionRetryMs: 300 });
    await rig.send([at(0, spawn(poor, second))]);
    await until('nobody says so', isSaid);
    await rig.send(await spawns(last));
    const later = await events();
    expect(later.map(typeOf).toSorted()).toEqual(['REJECTED', 'SLOT_CHANGED', 'SPAWNED']);
  });

  it('about a kind of pet rejects the trick', async () => {
    const ownerId = owner(1);
    const [petId = 0] = await createPets(rig.database, ownerId, 1);
    stub.fail('data', '500', TEMPLATE);
    await start({ maxQuestionRetryMs: 500 });
    await rig.send([character(ownerId, { type: 'LOGIN', body: { channelId: 1, mapId: 100 } })], characterStatus);
    await rig.settled();
    const body = { commandId: 0, byName: false };
    const trick = {
      transactionId: crypto.randomUUID(),
      actorId: ownerId,
      petId,
      type: 'ATTEMPT_COMMAND',
      body,
    } as const;
    await rig.send([at(0, spawn(ownerId, petId)), at(0, trick)]);
    await until('the kind is not asked for', () => Promise.resolve(stub.requests.data > 1));
    // The data service answers others: a foothold of another map.
    const [otherPet = 0] = await createPets(rig.database, owner(2), 1);
    await rig.send([character(next + 2, { type: 'LOGIN', body: { channelId: 1, mapId: 101 } })], characterStatus);
    await rig.send([at(1, spawn(next + 2, otherPet))]);
    const seen = await events();
    const rejections = seen.filter((one) => typeOf(one) === 'REJECTED').map(json);
    expect(rejections).toMatchObject([{ petId, body: { command: 'ATTEMPT_COMMAND', reason: 'FACT_UNAVAILABLE' } }]);
  });

  it('about an inventory makes a dead letter that names it, and comes right when it is replayed', async () => {
    const [poor, other] = [owner(1), owner(2)];
    const [petId = 0] = await createPets(rig.database, poor, 1);
    stub.fail('inventory', '500', poor);
    await start({ maxQuestionRetryMs: 500 });
    const lost = (characterId: number) => {
      const event = { characterId, templateId: TEMPLATE, slot: 3, type: 'DELETED' } as const;
      return { ...sendable(assetStatus.encode(event, { ...TENANT, traceparent: newTraceparent() })), partition: 0 };
    };
    await rig.send([lost(poor), lost(other)], assetStatus);
    const [letter, ...others] = await events();
    expect(others).toEqual([]);
    expect(header(letter!, 'DEAD_LETTER_REASON')).toBe('HANDLER_FAILED');
    expect(header(letter!, 'DEAD_LETTER_MESSAGE')).toContain(`GET characters/${String(poor)}/inventory: status 500`);
    expect(header(letter!, 'DEAD_LETTER_ATTEMPTS')).toBe('1');
    expect(service.reasons).toEqual([]);

    stub.fail('inventory', undefined, poor);
    const id = header(letter!, 'DEAD_LETTER_ID') ?? '';
    expect(await runScript('dead-letters', ['replay', '--id', id], rig.environment)).toMatchObject({ status: 0 });
    const [, replayed, ...more] = await events();
    expect(more).toEqual([]);
    expect(json(replayed!)).toMatchObject({ type: 'DELETED', petId });
  });

  it('about the foothold holds nobody: a pet in mid-air comes out on foothold 1, logged once', async () => {
    const owners = [owner(123), owner(123)];
    await start({});
    for (const ownerId of owners) {
      const [petId = 0] = await createPets(rig.database, ownerId, 1);
      const body = { channelId: 1, mapId: 999_999_999 };
      await rig.send([character(ownerId, { type: 'LOGIN', body })], characterStatus);
      await rig.settled();
      await rig.send([at(0, spawn(ownerId, petId))]);
    }
    const spawned = (await events()).filter((one) => typeOf(one) === 'SPAWNED');
    expect(spawned.map(bodyOf)).toMatchObject(Array(2).fill({ x: 123, y: -23, fh: 1 }));
    expect(service.logged.filter((line) => line.includes('footholds/below'))).toHaveLength(1);
    expect(service.reasons).toEqual([]);
  });
});

describe('an outage', () => {
  it.each(['refused', 'garbage', 'slow'] as const)(
    'of what only decorates (%s) holds a spawn for a while, then it comes out where it was, and that is said',
    async (failure) => {
      const ownerId = owner(123);
      const pets = await createPets(rig.database, ownerId, 3);
      stub.fail('characters', failure);
      await start({ maxDecorationWaitMs: 500 });
      await rig.send(pets.map((petId) => at(0, spawn(ownerId, petId))));
      const spawned = (await events()).filter((one) => typeOf(one) === 'SPAWNED');
      expect(spawned.map(bodyOf)).toMatchObject(Array(3).fill({ x: 0, y: 0, stance: 0, fh: 1 }));
      await until('nobody says so', () =>
        Promise.resolve(/REFERENCE_UNREACHABLE/.test(service.health.get('references') ?? '')),
      );
      stub.fail('characters', undefined);
      const other = owner(45);
      const [petId = 0] = await createPets(rig.database, other, 1);
      await rig.send([at(0, spawn(other, petId))]);
      expect(bodyOf((await events()).at(-1)!)).toMatchObject({ x: 45, y: -45 });
      await until('it is still said', () => Promise.resolve(service.health.get('references') === undefined));
    },
  );

  it.each(['500', 'refused', 'garbage'] as const)(
    'of what decides (%s, to everybody) is waited out in its lane, is said, and nothing is rejected',
    async (failure) => {
      const [ownerId, other] = [owner(1), owner(2)];
      const [first = 0, second = 0] = await createPets(rig.database, ownerId, 2);
      const [free = 0] = await createPets(rig.database, other, 1);
      stub.fail('skills', failure);
      await start({ maxQuestionRetryMs: 300 });
      const [behind, elsewhere] = [award(first, 1), award(free, 1)];
      await rig.send([spawn(ownerId, first), spawn(ownerId, second), behind].map((one) => at(0, one)));
      const isSaid = () =>
        Promise.resolve(/skills service.*REFERENCE_UNREACHABLE/.test(service.health.get('references') ?? ''));
      await until('nobody says so', isSaid);
      await rig.send([at(1, elsewhere)]);
      const early = await untilApplied(elsewhere);
      expect(early.map(typeOf)).not.toContain('REJECTED');
      expect(early.map(transactionOf)).not.toContain(behind.transactionId);
      stub.fail('skills', undefined);
      const seen = await events();
      expect(seen.filter((one) => typeOf(one) === 'SPAWNED')).toHaveLength(2);
      expect(seen.map(typeOf)).not.toContain('REJECTED');
      await until('it is still said', () => Promise.resolve(service.health.get('references') === undefined));
    },
  );
});
