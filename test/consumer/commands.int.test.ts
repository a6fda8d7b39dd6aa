import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PetCommand } from '../../generated/contract/messages/pet-command.js';
import { CATALOGUE, readPetTemplates } from '../../src/reference/pet-templates.ts';
import { award, command, createPets, header, json, spawn, TENANT } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Seen } from '../support/rig.ts';

const OWNER = 12_340;
const OTHER_TENANT = 'aaaaaaaa-c47c-42a6-9585-76492795d123';

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
  await rig.start();
});
afterAll(() => rig.close());

/** Returns the records of one trace, in the order of their topics. */
async function answers(traceparent: string, count: number): Promise<Seen[]> {
  const ofTrace = (seen: readonly Seen[]) => seen.filter((record) => header(record, 'traceparent') === traceparent);
  return ofTrace(await rig.seen((seen) => ofTrace(seen).length >= count));
}

/** Returns a trace id that is unique in this test. */
let traces = 0;
function trace(): string {
  traces += 1;
  return `00-${traces.toString(16).padStart(32, '0')}-00000000000000ff-01`;
}

describe('SPAWN', () => {
  it('spawns the pet, and sends SLOT_CHANGED and SPAWNED with the exact bytes of the protocol', async () => {
    const [petId = 0] = await createPets(rig.database, OWNER, 1);
    const traceparent = trace();
    await rig.send([command(spawn(OWNER, petId), {}, traceparent)]);
    const [slotChanged, spawned] = await answers(traceparent, 2);

    expect(slotChanged?.channel).toBe('petStatus');
    expect(slotChanged?.value?.toString()).toBe(
      `{"petId":${String(petId)},"ownerId":12340,"type":"SLOT_CHANGED","body":{"oldSlot":-1,"newSlot":0}}`,
    );
    expect(spawned?.value?.toString()).toBe(
      `{"petId":${String(petId)},"ownerId":12340,"type":"SPAWNED","body":{"templateId":5000017,"name":"Pet1","slot":0,` +
        `"level":1,"closeness":0,"fullness":100,"x":0,"y":0,"stance":0,"fh":1}}`,
    );
    expect(spawned?.key?.toString('hex')).toBe('3430000000000000');
    expect(spawned?.headers['TENANT_ID']?.toString()).toBe(TENANT.TENANT_ID);
    expect(spawned?.headers['REGION']?.toString()).toBe('GMS');
    expect(Buffer.from(spawned?.headers['MAJOR_VERSION'] as Buffer).toString('hex')).toBe('0053');
    expect(Buffer.from(spawned?.headers['MINOR_VERSION'] as Buffer).toString('hex')).toBe('0001');
    if (slotChanged === undefined || spawned === undefined) throw new Error('two events were expected');
    expect(header(slotChanged, 'MESSAGE_ID')).not.toBe(header(spawned, 'MESSAGE_ID'));
    expect(Number(header(spawned, 'SEQUENCE'))).toBeGreaterThan(Number(header(slotChanged, 'SEQUENCE')));
    expect(await rig.database.pet.findUnique({ where: { id: petId } })).toMatchObject({ slot: 0 });
  });

  it('as the lead shifts the other pets up, also within one batch', async () => {
    const owner = OWNER + 1;
    const ids = await createPets(rig.database, owner, 3);
    const traceparent = trace();
    // One partition: their order is the order sent.
    await rig.send(ids.map((id) => ({ ...command(spawn(owner, id, true), {}, traceparent), partition: 0 })));
    const events = await answers(traceparent, 9);
    expect(events.map(json)).toMatchObject([
      { petId: ids[0], body: { oldSlot: -1, newSlot: 0 } },
      { petId: ids[0], type: 'SPAWNED' },
      { petId: ids[0], body: { oldSlot: 0, newSlot: 1 } },
      { petId: ids[1], body: { oldSlot: -1, newSlot: 0 } },
      { petId: ids[1], type: 'SPAWNED' },
      { petId: ids[0], body: { oldSlot: 1, newSlot: 2 } },
      { petId: ids[1], body: { oldSlot: 0, newSlot: 1 } },
      { petId: ids[2], body: { oldSlot: -1, newSlot: 0 } },
      { petId: ids[2], type: 'SPAWNED' },
    ]);
    const pets = await rig.database.pet.findMany({ where: { ownerId: BigInt(owner) }, orderBy: { slot: 'asc' } });
    expect(pets.map(({ id }) => Number(id))).toEqual(ids.toReversed());
  });
});

describe('AWARD_CLOSENESS', () => {
  it('raises closeness and level, and sends events with its transactionId', async () => {
    const [petId = 0] = await createPets(rig.database, OWNER + 2, 1);
    const traceparent = trace();
    const transactionId = '00000026-0000-4000-8000-000000000000';
    await rig.send([command(award(petId, 4, transactionId), {}, traceparent)]);
    const events = await answers(traceparent, 2);
    expect(events.map(json)).toEqual([
      { petId, ownerId: OWNER + 2, type: 'LEVEL_CHANGED', body: { slot: -1, level: 3, amount: 2 } },
      {
        petId,
        ownerId: OWNER + 2,
        type: 'CLOSENESS_CHANGED',
        body: { slot: -1, closeness: 4, amount: 4, transactionId },
      },
    ]);
    expect(await rig.database.pet.findUnique({ where: { id: petId } })).toMatchObject({ level: 3, closeness: 4 });
  });
});

/** Sends one command, and waits for so many answers. */
async function answersTo(message: PetCommand, count: number): Promise<unknown[]> {
  const traceparent = trace();
  await rig.send([command(message, {}, traceparent)]);
  return (await answers(traceparent, count)).map(json);
}

const stored = (id: number) => rig.database.pet.findUnique({ where: { id } });

describe('the other commands', () => {
  const owner = OWNER + 4;
  const transactionId = '00000027-0000-4000-8000-000000000000';
  let lead: number;
  let second: number;
  beforeAll(async () => {
    [lead = 0, second = 0] = await createPets(rig.database, owner, 2);
    await answersTo(spawn(owner, lead), 2);
    await answersTo(spawn(owner, second), 2);
  });
  const of = (petId: number) => ({ transactionId, actorId: owner, petId });
  const event = (petId: number) => ({ petId, ownerId: owner });

  it('ATTEMPT_COMMAND uses the template of the catalogue, and draws its success', async () => {
    const [level, closeness, response] = await answersTo(
      { ...of(lead), type: 'ATTEMPT_COMMAND', body: { commandId: 0, byName: true } },
      3,
    );
    const increase = (await readPetTemplates(CATALOGUE)).get(5_000_017)?.skills.get(0)?.increase ?? NaN;
    expect(level).toMatchObject({ ...event(lead), type: 'LEVEL_CHANGED', body: { slot: 0 } });
    expect(closeness).toEqual({
      ...event(lead),
      type: 'CLOSENESS_CHANGED',
      body: { slot: 0, closeness: increase, amount: increase, transactionId },
    });
    expect(response).toEqual({
      ...event(lead),
      type: 'COMMAND_RESPONSE',
      body: { slot: 0, closeness: increase, fullness: 100, commandId: 0, success: expect.any(Boolean) },
    });
    expect(await stored(lead)).toMatchObject({ closeness: increase });
  });

  it('AWARD_FULLNESS raises fullness', async () => {
    await rig.database.pet.update({ where: { id: lead }, data: { fullness: 40 } });
    const body = { slot: 0, fullness: 70, amount: 30 };
    expect(await answersTo({ ...of(lead), type: 'AWARD_FULLNESS', body: { amount: 30 } }, 1)).toEqual([
      { ...event(lead), type: 'FULLNESS_CHANGED', body },
    ]);
    expect(await stored(lead)).toMatchObject({ fullness: 70 });
  });

  it('AWARD_LEVEL raises the level', async () => {
    const body = { slot: 1, level: 8, amount: 7 };
    expect(await answersTo({ ...of(second), type: 'AWARD_LEVEL', body: { amount: 7 } }, 1)).toEqual([
      { ...event(second), type: 'LEVEL_CHANGED', body },
    ]);
    expect(await stored(second)).toMatchObject({ level: 8, closeness: 0 });
  });

  it('EXCLUDE sets and clears the excluded items', async () => {
    const items = [4_294_967_295, 0, 2_000_000];
    expect(await answersTo({ ...of(second), type: 'EXCLUDE', body: { items: [...items, 0] } }, 1)).toEqual([
      { ...event(second), type: 'EXCLUDE_CHANGED', body: { items } },
    ]);
    expect(await stored(second)).toMatchObject({ excludes: items.map(BigInt) });
    expect(await answersTo({ ...of(second), type: 'EXCLUDE', body: { items: null } }, 1)).toEqual([
      { ...event(second), type: 'EXCLUDE_CHANGED', body: { items: [] } },
    ]);
    expect(await stored(second)).toMatchObject({ excludes: [] });
  });

  it('DESPAWN frees the slot, and shifts the higher ones down', async () => {
    const body = { templateId: 5_000_017, name: 'Pet1', slot: -1, oldSlot: 0, reason: 'NORMAL' };
    expect(await answersTo({ ...of(lead), type: 'DESPAWN' }, 3)).toMatchObject([
      { ...event(second), type: 'SLOT_CHANGED', body: { oldSlot: 1, newSlot: 0 } },
      { ...event(lead), type: 'SLOT_CHANGED', body: { oldSlot: 0, newSlot: -1 } },
      { ...event(lead), type: 'DESPAWNED', body },
    ]);
    expect([await stored(lead), await stored(second)]).toMatchObject([{ slot: null }, { slot: 0 }]);
  });
});

describe('between valid records', () => {
  it('rejected, invalid and foreign records do not affect others', async () => {
    const [petId = 0] = await createPets(rig.database, OWNER + 3, 1);
    const traceparent = trace();
    const good = () => ({ ...command(award(petId, 1), {}, traceparent), partition: 1 });
    const rejectedSpawn = spawn(OWNER, petId);
    const { headers } = good();
    const bad = Buffer.concat([Buffer.from('{"petId":'), Buffer.from([0xff, 0x00])]);
    await rig.send([
      good(),
      { ...command(rejectedSpawn, {}, traceparent), partition: 1 },
      good(),
      { key: Buffer.from('any'), value: bad, headers: { ...headers, note: Buffer.from([0, 255]) }, partition: 1 },
      { key: null, value: '{"actorId":1,"petId":1,"type":"AWARD_CLOSENESS","body":{}}', headers, partition: 1 },
      {
        ...command(award(petId, 1), { TENANT_ID: OTHER_TENANT }, traceparent),
        partition: 1,
      },
      good(),
    ]);
    const seen = await answers(traceparent, 9);

    const events = seen.filter((record) => record.channel === 'petStatus').map(json);
    expect(events).toMatchObject([
      { type: 'LEVEL_CHANGED' },
      { body: { closeness: 1 } },
      { body: { closeness: 2 } },
      { type: 'LEVEL_CHANGED' },
      { body: { closeness: 3 } },
    ]);

    const [notOwner, notFound] = seen.filter((record) => record.channel === 'petCommandStatus');
    expect(notOwner && json(notOwner)).toEqual({
      transactionId: rejectedSpawn.transactionId,
      actorId: OWNER,
      petId,
      type: 'REJECTED',
      body: { command: 'SPAWN', reason: 'NOT_OWNER' },
    });
    expect(notOwner && header(notOwner, 'SEQUENCE')).toMatch(/^[0-9]+$/);
    // A pet of another tenant does not exist.
    expect(notFound && json(notFound)).toMatchObject({ body: { reason: 'PET_NOT_FOUND' } });

    // They are in different partitions of their topic, so they have no order.
    const [broken, incomplete] = seen
      .filter((record) => record.channel === 'deadLetter')
      .sort((a, b) => Number(header(a, 'DEAD_LETTER_OFFSET')) - Number(header(b, 'DEAD_LETTER_OFFSET')));
    if (broken === undefined || incomplete === undefined) throw new Error('two dead letters were expected');
    expect(broken.key?.toString()).toBe('any');
    expect(broken.value).toEqual(bad);
    expect(broken.headers['note']).toEqual(Buffer.from([0, 255]));
    expect(header(broken, 'MESSAGE_ID')).toBeUndefined();
    expect(header(broken, 'DEAD_LETTER_REASON')).toBe('INVALID_JSON');
    expect(header(broken, 'DEAD_LETTER_PARTITION')).toBe('1');
    expect(header(broken, 'DEAD_LETTER_ATTEMPTS')).toBe('0');
    expect(incomplete.key).toBeNull();
    expect(header(incomplete, 'DEAD_LETTER_REASON')).toBe('INVALID_PAYLOAD');
    expect(header(incomplete, 'DEAD_LETTER_MESSAGE')).toContain('/body/amount');
  });
});
