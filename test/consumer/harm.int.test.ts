/** A bad message affects no other one: promise 7, with rows that the database refuses and records that the broker refuses. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import { created } from '../../generated/contract/messages/pet-status.js';
import { kafkaClient } from '../../scripts/kafka/client.ts';
import { ownerKey } from '../../src/keys.ts';
import { insertOutbox, parkOutbox } from '../../src/store/tables/outbox.ts';
import kafkajs from '../../src/transport/kafkajs-mended.ts';
import { award, command, createPets, header, json, spawn, TENANT } from '../support/commands.ts';
import { createRig } from '../support/rig.ts';
import type { Rig, Seen } from '../support/rig.ts';
import { runScript } from '../support/script.ts';

let rig: Rig;
afterEach(() => rig.close());

const closeness = (seen: readonly Seen[]) =>
  seen
    .filter(({ channel }) => channel === 'petStatus')
    .map(json)
    .filter((event) => (event as { type?: string } | null)?.type === 'CLOSENESS_CHANGED');
const deadLetters = (seen: readonly Seen[]) => seen.filter(({ channel }) => channel === 'deadLetter');

describe('rows that the database refuses', () => {
  it('make a dead letter of only the record that caused them, and the lane keeps its order', async () => {
    rig = await createRig();
    const [petId = 0, bad = 0] = await createPets(rig.database, 700, 2);
    await rig.database.$executeRawUnsafe('ALTER TABLE pet ADD CONSTRAINT armed CHECK (closeness < 7777)');
    await rig.send(
      [award(petId, 1), award(petId, 2), award(bad, 7777), award(petId, 3), award(bad, 5)].map((one) => ({
        ...command(one),
        partition: 2,
      })),
    );
    await rig.start();
    const seen = await rig.seen((records) => closeness(records).length === 4 && deadLetters(records).length === 1);
    const ofPet = (id: number) => closeness(seen).filter((event) => (event as { petId: number }).petId === id);
    expect(ofPet(petId)).toMatchObject([1, 3, 6].map((after) => ({ body: { closeness: after } })));
    expect(ofPet(bad)).toMatchObject([{ body: { closeness: 5 } }]);
    const [record] = deadLetters(seen);
    expect(record && header(record, 'DEAD_LETTER_REASON')).toBe('HANDLER_FAILED');
    expect(record && header(record, 'DEAD_LETTER_MESSAGE')).toContain('armed');
    expect(record && header(record, 'DEAD_LETTER_OFFSET')).toBe('2');
  });
});

describe('a handler that throws', () => {
  it('makes a dead letter of only its command, after three attempts, and the lane keeps its order', async () => {
    rig = await createRig();
    const [petId = 0, bad = 0] = await createPets(rig.database, 703, 2);
    // SPAWNED of this pet would break the contract, which counts as a bug of the rule.
    await rig.database.$executeRawUnsafe('ALTER TABLE pet DROP CONSTRAINT pet_name_check');
    await rig.database.$executeRawUnsafe(`UPDATE pet SET name = 'longer than thirteen' WHERE id = ${String(bad)}`);
    await rig.send(
      [award(petId, 1), spawn(703, bad), award(petId, 2), award(bad, 4), award(petId, 3)].map((one) => ({
        ...command(one),
        partition: 2,
      })),
    );
    await rig.start();
    const seen = await rig.settled();
    expect(closeness(seen)).toMatchObject([
      { petId, body: { closeness: 1 } },
      { petId, body: { closeness: 3 } },
      { petId: bad, body: { closeness: 4 } },
      { petId, body: { closeness: 6 } },
    ]);
    const deadLetterRecords = deadLetters(seen);
    expect(deadLetterRecords).toHaveLength(1);
    const values = ['REASON', 'OFFSET', 'ATTEMPTS'].map(
      (name) => deadLetterRecords[0] && header(deadLetterRecords[0], `DEAD_LETTER_${name}`),
    );
    expect(values).toEqual(['HANDLER_FAILED', '1', '3']);
    expect(await rig.database.pet.findUniqueOrThrow({ where: { id: bad } })).toMatchObject({
      slot: null,
      closeness: 4,
    });
  });
});

describe('a record that the broker refuses permanently', () => {
  it('is parked, and the records before and after it are sent', async () => {
    rig = await createRig({ 'max.message.bytes': '5000' });
    const [petId = 0] = await createPets(rig.database, 701, 1);
    const bad = (bytes: number) => ({ key: null, value: `not JSON ${'x'.repeat(bytes)}`, partition: 0 });
    await rig.send([bad(1), bad(10_000), bad(2), { ...command(award(petId, 1)), partition: 0 }]);
    await rig.start();
    // Records before it may be there twice: they were in the same send.
    const seen = await rig.settled();
    expect(closeness(seen)).toHaveLength(1);
    expect(new Set(deadLetters(seen).map((record) => header(record, 'DEAD_LETTER_OFFSET')))).toEqual(
      new Set(['0', '2']),
    );
    const parked = await rig.database.outbox.findMany();
    expect(parked).toMatchObject([{ channel: 'deadLetter', parkedReason: expect.stringContaining('larger') }]);
    expect(parked[0]?.value?.length).toBe(10_009);

    const [id, topic] = [String(parked[0]?.id), rig.environment[deadLetter.env] ?? ''];
    const run = (...args: string[]) => runScript('parked', args, rig.environment);
    expect(await run('show')).toMatchObject({ status: 0, stdout: expect.stringContaining(id) });
    expect(await run('return', '--id', '1')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('not parked'),
    });
    const admin = kafkaClient(rig.environment['KAFKA_BROKERS'] ?? '').admin();
    await admin.connect();
    const configEntries = [{ name: 'max.message.bytes', value: '100000' }];
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }],
    });
    await admin.disconnect();
    expect(await run('return', '--id', id)).toMatchObject({ status: 0, stdout: expect.stringMatching(/1 returned/) });
    const isReturned = (record: Seen) => header(record, 'DEAD_LETTER_OFFSET') === '1';
    const [returned] = (await rig.seen((records) => deadLetters(records).some(isReturned))).filter(isReturned);
    expect(returned?.value?.length).toBe(10_009);
    expect(await run('show')).toMatchObject({ status: 0, stdout: 'nothing is parked\n' });
  });

  it('that is an event is returned with the same MESSAGE_ID and a higher SEQUENCE', async () => {
    rig = await createRig();
    const [petId = 0] = await createPets(rig.database, 703, 1);
    const event = petStatus.encode(created({ petId, ownerId: 703 }), { ...TENANT, traceparent: newTraceparent() });
    const stream = ownerKey(TENANT.TENANT_ID, 703);
    const [pending] = await insertOutbox(rig.database, [{ stream, channel: petStatus.name, record: event }]);
    if (pending === undefined) throw new Error('nothing is pending');
    await parkOutbox(rig.database, pending.id, 'too large');
    await rig.send([command(award(petId, 1))]);
    await rig.start();
    expect(closeness(await rig.settled())).toHaveLength(1);
    await runScript('parked', ['return', '--all'], rig.environment);
    const seen = await rig.seen((records) => records.length > 2);
    expect(seen.map((one) => header(one, 'MESSAGE_ID')).at(-1)).toBe(pending.messageId);
    const sequences = seen.map((one) => Number(header(one, 'SEQUENCE')));
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  });
});

describe('records that no client of this project writes', () => {
  it('become dead letters with unchanged bytes, and the service continues', async () => {
    rig = await createRig();
    const [petId = 0] = await createPets(rig.database, 702, 1);
    const { key, value, headers } = command(award(petId, 1));
    const none = null as unknown as Buffer;
    const strange = [
      { key, value: null, headers: { ...headers, empty: '', none, twice: ['1', '2'], ['__proto__']: 'x' } },
      { key, value: Buffer.alloc(0), headers },
      { key, value: Buffer.alloc(300_000, 0xff), headers },
      { key: Buffer.alloc(0), value: '[]', headers, timestamp: '0' },
      { key, value, headers: { ...headers, MAJOR_VERSION: '83 ' } },
      { key, value, headers: { ...headers, MAJOR_VERSION: Buffer.from('83') } },
      { key, value, headers: { ...headers, REGION: '' } },
      { key, value, headers: { ...headers, REGION: Buffer.alloc(900_000, 'R') } },
      { key, value, headers: {} },
    ];
    // An impossible timestamp: the record is applied like any other.
    await rig.send([{ ...command(award(petId, 1)), timestamp: '9223372036854775807', partition: 3 }]);
    // One by one: all of them together exceed the largest request of the broker.
    for (const record of strange) await rig.send([{ ...record, partition: 3 }]);
    // A region may have any ASCII character.
    await rig.send([{ key, value, headers: { ...headers, REGION: 'A\u0000\t"\\' }, partition: 3 }]);
    await rig.start();
    const seen = await rig.seen(
      (records) => deadLetters(records).length === strange.length && closeness(records).length === 2,
    );
    const deadLetterRecords = deadLetters(seen).sort(
      (a, b) => Number(header(a, 'DEAD_LETTER_OFFSET')) - Number(header(b, 'DEAD_LETTER_OFFSET')),
    );
    expect(deadLetterRecords.map((record) => header(record, 'DEAD_LETTER_REASON'))).toEqual([
      'INVALID_JSON',
      'INVALID_JSON',
      'INVALID_JSON',
      'INVALID_PAYLOAD',
      'INVALID_HEADERS',
      'INVALID_HEADERS',
      'INVALID_HEADERS',
      'INVALID_HEADERS',
      'INVALID_HEADERS',
    ]);
    expect(deadLetterRecords.map((record) => header(record, 'DEAD_LETTER_MESSAGE'))[5]).toBe(
      '/MAJOR_VERSION is a header of the bytes 38 33, as text "83", as a uint16 14387 (83 is 00 53); it must be 2 bytes, a big-endian uint16',
    );
    const [first, second, third] = deadLetterRecords;
    expect(first?.value).toBeNull();
    expect(first?.headers).toMatchObject({
      none: null,
      empty: Buffer.alloc(0),
      twice: [Buffer.from('1'), Buffer.from('2')],
    });
    expect(Object.keys(first?.headers ?? {})).toContain('__proto__');
    expect(second?.value).toEqual(Buffer.alloc(0));
    expect(third?.value?.length).toBe(300_000);
    const event = seen.findLast(({ channel, value: bytes }) => channel === 'petStatus' && bytes?.includes('CLOSENESS'));
    expect(event && header(event, 'REGION')).toBe('A\u0000\t"\\');
  });
});
