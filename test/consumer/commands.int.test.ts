import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

/** The records of one trace, in the order of their topics. */
async function answers(traceparent: string, count: number): Promise<Seen[]> {
  const ofTrace = (seen: readonly Seen[]) => seen.filter((record) => header(record, 'traceparent') === traceparent);
  return ofTrace(await rig.seen((seen) => ofTrace(seen).length >= count));
}

/** A trace id that tells the test's commands apart. */
let traces = 0;
function trace(): string {
  traces += 1;
  return `00-${traces.toString(16).padStart(32, '0')}-00000000000000ff-01`;
}

describe('SPAWN', () => {
  it('brings the pet out and tells it in order, byte for byte as other services read it', async () => {
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

  it('as the lead moves the others up, also when the commands come in one batch', async () => {
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
  it('raises closeness and level, and answers with its transactionId', async () => {
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

describe('between good records', () => {
  it('a rejected, an invalid and a foreign one harm only themselves', async () => {
    const [petId = 0] = await createPets(rig.database, OWNER + 3, 1);
    const traceparent = trace();
    const good = () => ({ ...command(award(petId, 1), {}, traceparent), partition: 1 });
    const refused = spawn(OWNER, petId);
    const { headers } = good();
    const bad = Buffer.concat([Buffer.from('{"petId":'), Buffer.from([0xff, 0x00])]);
    await rig.send([
      good(),
      { ...command(refused, {}, traceparent), partition: 1 },
      good(),
      { key: Buffer.from('any'), value: bad, headers: { ...headers, note: Buffer.from([0, 255]) }, partition: 1 },
      { key: null, value: '{"actorId":1,"petId":1,"type":"AWARD_CLOSENESS","body":{}}', headers, partition: 1 },
      {
        ...command(award(petId, 1), { TENANT_ID: OTHER_TENANT as typeof TENANT.TENANT_ID }, traceparent),
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
      transactionId: refused.transactionId,
      actorId: OWNER,
      petId,
      type: 'REJECTED',
      body: { command: 'SPAWN', reason: 'NOT_OWNER' },
    });
    expect(notOwner && header(notOwner, 'SEQUENCE')).toBeUndefined();
    // A pet of another tenant does not exist.
    expect(notFound && json(notFound)).toMatchObject({ body: { reason: 'PET_NOT_FOUND' } });

    // They lie in different partitions of their topic, so their order there says nothing.
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
