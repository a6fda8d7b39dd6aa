/** Other services that fail at one question or at all, with a real broker and database and short limits: which lanes wait, and how long. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { assetStatus } from '../../generated/contract/channels/asset-status.js';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { newTraceparent } from '../../generated/contract/headers.js';
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
const NO_LIMIT_MS = 1_000_000;

let rig: Rig;
let stub: Stub;
let service: InProcess;
let next = 1_000;
/** Returns a character that no test has used; the answers of the stub depend on its last digits. */
const owner = (lastDigits: number) => (next += 1_000) + lastDigits;

beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig.close());
let seenBefore = 0;
beforeEach(async () => {
  stub = await startStub();
  seenBefore = (await rig.seen(() => true)).length;
});
afterEach(async () => {
  await service.stop();
  await stub.close();
  expect(stub.violations).toEqual([]);
});

async function start(limits: { maxQuestionRetryMs?: number; maxOptionalWaitMs?: number }): Promise<void> {
  const { baseUrl } = stub;
  service = await startInProcess(rig, baseUrl, {
    maxQuestionRetryMs: NO_LIMIT_MS,
    maxOptionalWaitMs: NO_LIMIT_MS,
    ...limits,
  });
}

const typeOf = (record: Seen) => (json(record) as { type?: string }).type;
const bodyOf = (record: Seen) => (json(record) as { body: Record<string, unknown> }).body;
const transactionOf = (record: Seen) => (bodyOf(record)['transactionId'] ?? '') as string;
/** Returns everything that was published since the test began. */
async function newRecords(): Promise<readonly Seen[]> {
  return (await rig.settled()).slice(seenBefore);
}
/** Waits until the award was applied. @returns the records that were published since the test began. */
async function untilApplied({ transactionId }: ReturnType<typeof award>): Promise<readonly Seen[]> {
  const seen = await rig.seen((all) =>
    all.some(
      (one) => one.value !== null && typeOf(one) === 'CLOSENESS_CHANGED' && transactionOf(one) === transactionId,
    ),
  );
  return seen.slice(seenBefore);
}
const at = (partition: number, message: Parameters<typeof command>[0]) => ({ ...command(message), partition });
const untilSkillRequested = () => until('the skill is not requested', () => Promise.resolve(stub.requests.skills > 0));

describe('a question that fails', () => {
  it('about the skill is given up if others are answered: the command is rejected, and no other lane waits', async () => {
    const [failing, other] = [owner(1), owner(2)];
    const [first = 0, second = 0] = await createPets(rig.database, failing, 2);
    const [third = 0, fourth = 0, free = 0] = await createPets(rig.database, other, 3);
    stub.fail('skills', '500', failing);
    await start({ maxQuestionRetryMs: 1_500 });
    const [behind, elsewhere] = [award(second, 1), award(free, 1)];
    await rig.send([spawn(failing, first), spawn(failing, second), behind].map((one) => at(0, one)));
    await untilSkillRequested();
    // The question about another owner, in another lane, is answered at once.
    await rig.send([spawn(other, third), spawn(other, fourth), elsewhere].map((one) => at(1, one)));
    const early = await untilApplied(elsewhere);
    expect(early.map(typeOf)).not.toContain('REJECTED');
    const seen = await newRecords();
    const [rejection, ...more] = seen.filter((one) => typeOf(one) === 'REJECTED');
    expect(json(rejection!)).toMatchObject({ petId: second, body: { command: 'SPAWN', reason: 'FACT_UNAVAILABLE' } });
    expect(more).toEqual([]);
    expect(seen.filter((one) => typeOf(one) === 'SPAWNED')).toHaveLength(3);
    expect(seen.map((one) => (typeOf(one) === 'CLOSENESS_CHANGED' ? transactionOf(one) : ''))).toContain(
      behind.transactionId,
    );
    // It was not reported as an outage.
    expect(service.reasons).toEqual([]);
  });

  it('about the skill blocks its partition until the service answers another, also if that record comes later', async () => {
    const [failing, other, last] = [owner(1), owner(2), owner(3)];
    const [first = 0, second = 0] = await createPets(rig.database, failing, 2);
    const spawns = async (ownerId: number) =>
      (await createPets(rig.database, ownerId, 1)).map((petId) => at(0, spawn(ownerId, petId)));
    // Only this partition sends requests to the service, and all of them fail at first.
    stub.fail('skills', '500');
    await start({ maxQuestionRetryMs: 300 });
    await rig.send([at(0, spawn(failing, first)), at(0, spawn(failing, second)), ...(await spawns(other))]);
    const isReported = () =>
      Promise.resolve(service.reasons.some((reason) => reason.includes('REFERENCE_UNREACHABLE')));
    await until('the outage is not reported', isReported);
    stub.fail('skills', undefined);
    stub.fail('skills', '500', failing);
    const seen = await newRecords();
    const rejections = seen.filter((one) => typeOf(one) === 'REJECTED').map(json);
    expect(rejections).toMatchObject([{ petId: second, body: { reason: 'FACT_UNAVAILABLE' } }]);
    expect(seen.filter((one) => typeOf(one) === 'SPAWNED')).toHaveLength(2);

    // The same if no record was after it when the outage was noticed.
    seenBefore = (await rig.seen(() => true)).length;
    await service.stop();
    await start({ maxQuestionRetryMs: 300 });
    await rig.send([at(0, spawn(failing, second))]);
    await until('the outage is not reported', isReported);
    await rig.send(await spawns(last));
    const later = await newRecords();
    expect(later.map(typeOf).toSorted()).toEqual(['REJECTED', 'SLOT_CHANGED', 'SPAWNED']);
  });

  it('about a pet template rejects the trick', async () => {
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
    await until('the template is not requested', () => Promise.resolve(stub.requests.data > 1));
    // The data service answers others: a foothold of another map.
    const [otherPet = 0] = await createPets(rig.database, owner(2), 1);
    await rig.send([character(next + 2, { type: 'LOGIN', body: { channelId: 1, mapId: 101 } })], characterStatus);
    await rig.send([at(1, spawn(next + 2, otherPet))]);
    const seen = await newRecords();
    const rejections = seen.filter((one) => typeOf(one) === 'REJECTED').map(json);
    expect(rejections).toMatchObject([{ petId, body: { command: 'ATTEMPT_COMMAND', reason: 'FACT_UNAVAILABLE' } }]);
  });

  it('about an inventory causes a dead letter with the request, whose replay is applied', async () => {
    const [failing, other] = [owner(1), owner(2)];
    const [petId = 0] = await createPets(rig.database, failing, 1);
    stub.fail('inventory', '500', failing);
    await start({ maxQuestionRetryMs: 500 });
    const assetDeleted = (characterId: number) => {
      const event = { characterId, templateId: TEMPLATE, slot: 3, type: 'DELETED' } as const;
      return { ...sendable(assetStatus.encode(event, { ...TENANT, traceparent: newTraceparent() })), partition: 0 };
    };
    await rig.send([assetDeleted(failing), assetDeleted(other)], assetStatus);
    const [record, ...others] = await newRecords();
    expect(others).toEqual([]);
    expect(header(record!, 'DEAD_LETTER_REASON')).toBe('HANDLER_FAILED');
    expect(header(record!, 'DEAD_LETTER_MESSAGE')).toContain(`GET characters/${String(failing)}/inventory: status 500`);
    expect(header(record!, 'DEAD_LETTER_ATTEMPTS')).toBe('1');
    expect(service.reasons).toEqual([]);

    stub.fail('inventory', undefined, failing);
    const id = header(record!, 'DEAD_LETTER_ID') ?? '';
    expect(await runScript('dead-letters', ['replay', '--id', id], rig.environment)).toMatchObject({ status: 0 });
    const [, replayed, ...more] = await newRecords();
    expect(more).toEqual([]);
    expect(json(replayed!)).toMatchObject({ type: 'DELETED', petId });
  });

  it('about the foothold blocks no lane: a pet without one is spawned on foothold 1, which is logged once', async () => {
    const owners = [owner(123), owner(123)];
    await start({});
    for (const ownerId of owners) {
      const [petId = 0] = await createPets(rig.database, ownerId, 1);
      const body = { channelId: 1, mapId: 999_999_999 };
      await rig.send([character(ownerId, { type: 'LOGIN', body })], characterStatus);
      await rig.settled();
      await rig.send([at(0, spawn(ownerId, petId))]);
    }
    const spawned = (await newRecords()).filter((one) => typeOf(one) === 'SPAWNED');
    expect(spawned.map(bodyOf)).toMatchObject(Array(2).fill({ x: 123, y: -23, fh: 1 }));
    expect(service.logged.filter((line) => line.includes('footholds/below'))).toHaveLength(1);
    expect(service.reasons).toEqual([]);
  });
});

describe('an outage', () => {
  it.each(['refused', 'garbage', 'slow'] as const)(
    'of the characters service (%s) delays a spawn for a limited time, then the pet gets its old position, and the outage is reported',
    async (failure) => {
      const ownerId = owner(123);
      const pets = await createPets(rig.database, ownerId, 3);
      stub.fail('characters', failure);
      await start({ maxOptionalWaitMs: 500 });
      await rig.send(pets.map((petId) => at(0, spawn(ownerId, petId))));
      const spawned = (await newRecords()).filter((one) => typeOf(one) === 'SPAWNED');
      expect(spawned.map(bodyOf)).toMatchObject(Array(3).fill({ x: 0, y: 0, stance: 0, fh: 1 }));
      await until('the outage is not reported', () =>
        Promise.resolve(/REFERENCE_UNREACHABLE/.test(service.health.get('references') ?? '')),
      );
      stub.fail('characters', undefined);
      const other = owner(45);
      const [petId = 0] = await createPets(rig.database, other, 1);
      await rig.send([at(0, spawn(other, petId))]);
      expect(bodyOf((await newRecords()).at(-1)!)).toMatchObject({ x: 45, y: -45 });
      await until('the outage is still reported', () =>
        Promise.resolve(service.health.get('references') === undefined),
      );
    },
  );

  it.each(['500', 'refused', 'garbage'] as const)(
    'of the skills service (%s) blocks the lane until its end, is reported, and rejects no command',
    async (failure) => {
      const [ownerId, other] = [owner(1), owner(2)];
      const [first = 0, second = 0] = await createPets(rig.database, ownerId, 2);
      const [free = 0] = await createPets(rig.database, other, 1);
      stub.fail('skills', failure);
      await start({ maxQuestionRetryMs: 300 });
      const [behind, elsewhere] = [award(first, 1), award(free, 1)];
      await rig.send([spawn(ownerId, first), spawn(ownerId, second), behind].map((one) => at(0, one)));
      const isReported = () =>
        Promise.resolve(/skills service.*REFERENCE_UNREACHABLE/.test(service.health.get('references') ?? ''));
      await until('the outage is not reported', isReported);
      await rig.send([at(1, elsewhere)]);
      const early = await untilApplied(elsewhere);
      expect(early.map(typeOf)).not.toContain('REJECTED');
      expect(early.map(transactionOf)).not.toContain(behind.transactionId);
      stub.fail('skills', undefined);
      const seen = await newRecords();
      expect(seen.filter((one) => typeOf(one) === 'SPAWNED')).toHaveLength(2);
      expect(seen.map(typeOf)).not.toContain('REJECTED');
      await until('the outage is still reported', () =>
        Promise.resolve(service.health.get('references') === undefined),
      );
    },
  );
});
