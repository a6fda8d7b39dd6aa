import { describe, expect, it } from '@jest/globals';
import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.js';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { decodeKey, encodeKey } from '../../generated/contract/keys.js';
import { rejected } from '../../generated/contract/messages/pet-command-status.js';
import type { PetCommandHandlers } from '../../generated/contract/messages/pet-command.js';
import { closenessChanged, slotChanged, spawned } from '../../generated/contract/messages/pet-status.js';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import type { ProducedRecord } from '../../generated/contract/record.js';

const context = {
  TENANT_ID: '083839c6-c47c-42a6-9585-76492795d123',
  REGION: 'GMS',
  MAJOR_VERSION: 83,
  MINOR_VERSION: 1,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

function hex({ key, value, headers }: ProducedRecord) {
  const ofHeader = ([name, header]: [string, unknown]) => [name, Buffer.from(header as string).toString('hex')];
  return {
    key: key?.toString('hex'),
    value: value?.toString(),
    headers: Object.fromEntries(Object.entries(headers).map(ofHeader)) as Record<string, string>,
  };
}

// The bytes of the headers of the Go services.
const PEER_HEADERS = {
  TENANT_ID: '30383338333963362d633437632d343261362d393538352d373634393237393564313233',
  REGION: '474d53',
  MAJOR_VERSION: '0053',
  MINOR_VERSION: '0001',
  traceparent:
    '30302d30616637363531393136636434336464383434386562323131633830333139632d623761643662373136393230333333312d3031',
};

describe('the encoded bytes of', () => {
  it('SLOT_CHANGED', () => {
    const event = slotChanged({ petId: 101, ownerId: 12340, body: { oldSlot: -1, newSlot: 0 } });
    expect(hex(petStatus.encode(event, context))).toEqual({
      key: '3430000000000000',
      value: '{"petId":101,"ownerId":12340,"type":"SLOT_CHANGED","body":{"oldSlot":-1,"newSlot":0}}',
      headers: PEER_HEADERS,
    });
  });

  it('SPAWNED', () => {
    const pet = { templateId: 5000017, name: 'PetA', slot: 0, level: 1, closeness: 0, fullness: 100 };
    const event = spawned({ petId: 101, ownerId: 12340, body: { ...pet, x: 340, y: -40, stance: 0, fh: 42 } });
    expect(petStatus.encode(event, context).value?.toString()).toBe(
      '{"petId":101,"ownerId":12340,"type":"SPAWNED","body":{"templateId":5000017,"name":"PetA","slot":0,"level":1,"closeness":0,"fullness":100,"x":340,"y":-40,"stance":0,"fh":42}}',
    );
  });

  it('CLOSENESS_CHANGED', () => {
    const transactionId = '99999999-0000-4000-8000-000000000000';
    const event = closenessChanged({
      petId: 158,
      ownerId: 13030,
      body: { transactionId, amount: 1, closeness: 1, slot: -1 },
    });
    expect(hex(petStatus.encode(event, context))).toMatchObject({
      key: 'e632000000000000',
      value: `{"petId":158,"ownerId":13030,"type":"CLOSENESS_CHANGED","body":{"slot":-1,"closeness":1,"amount":1,"transactionId":"${transactionId}"}}`,
    });
  });

  it('REJECTED, keyed by the pet', () => {
    const transactionId = '00000000-0000-0000-0000-000000000000';
    const event = rejected({
      transactionId,
      actorId: 12340,
      petId: 101,
      body: { reason: 'PET_EXPIRED', command: 'SPAWN' },
    });
    expect(hex(petCommandStatus.encode(event, context))).toMatchObject({
      key: '6500000000000000',
      value: `{"transactionId":"${transactionId}","actorId":12340,"petId":101,"type":"REJECTED","body":{"command":"SPAWN","reason":"PET_EXPIRED"}}`,
    });
  });

  it('SPAWN, as the channel server sends it', () => {
    const transactionId = '00000001-0000-4000-8000-000000000000';
    const record = petCommand.encode(
      { transactionId, actorId: 12340, petId: 101, type: 'SPAWN', body: { lead: false } },
      context,
    );
    expect(hex(record)).toEqual({
      key: '6500000000000000',
      value: `{"transactionId":"${transactionId}","actorId":12340,"petId":101,"type":"SPAWN","body":{"lead":false}}`,
      headers: PEER_HEADERS,
    });
  });

  it('optional headers are present if they have a value, in the order of the contract', () => {
    const event = slotChanged({ petId: 101, ownerId: 12340, body: { oldSlot: -1, newSlot: 0 } });
    const stamps = { SEQUENCE: '9007199254740993', MESSAGE_ID: '3f2b8c1e-58a7-4c39-9c02-6f0d8f1f2a01' };
    const { headers } = petStatus.encode(event, { ...stamps, baggage: 'a=1', tracestate: undefined, ...context });
    expect(Object.keys(headers)).toEqual([...Object.keys(PEER_HEADERS), 'baggage', 'MESSAGE_ID', 'SEQUENCE']);
    expect(headers).toMatchObject(stamps);
  });
});

describe('constructors', () => {
  it('drop fields that the contract does not have', () => {
    const more = { petId: 1, ownerId: 2, body: { oldSlot: 0, newSlot: 1, by: 'x' }, worldId: 0 };
    expect(slotChanged(more)).toStrictEqual({
      petId: 1,
      ownerId: 2,
      type: 'SLOT_CHANGED',
      body: { oldSlot: 0, newSlot: 1 },
    });
  });
});

describe('the check of an event', () => {
  const event = spawned({
    petId: 1,
    ownerId: 2,
    body: {
      templateId: 5000017,
      name: 'A',
      slot: 0,
      level: 1,
      closeness: 0,
      fullness: 0,
      x: 0,
      y: 0,
      stance: 0,
      fh: 0,
    },
  });
  const withBody = (body: object) => ({ ...event, body: { ...event.body, ...body } });

  it.each([
    ['an event without faults', event, undefined],
    ['a name of 13 code points and 26 code units', withBody({ name: '🐕'.repeat(13) }), undefined],
    ['a name of 14 code points', withBody({ name: 'x'.repeat(14) }), '/body/name must have at most 13 characters'],
    ['an empty name', withBody({ name: '' }), '/body/name must have at least 1 characters'],
    ['an additional field in the body', withBody({ 'a/b~c': 1 }), '/body/a~1b~0c is not in the contract'],
    ['an additional field next to the body', { ...event, worldId: 0 }, '/worldId is not in the contract'],
    ['a field that is undefined', withBody({ fh: undefined }), '/body/fh is required'],
    ['NaN', withBody({ x: NaN }), '/body/x must be integer'],
    ['level 31', withBody({ level: 31 }), '/body/level must be <= 30'],
    ['closeness 30001', withBody({ closeness: 30001 }), '/body/closeness must be <= 30000'],
    ['fullness 101', withBody({ fullness: 101 }), '/body/fullness must be <= 100'],
    ['an event without a type', { ...event, type: undefined }, '/type is required'],
    ['another type', { ...event, type: 'MOVED' }, '/type is a type that is not known here: "MOVED"'],
    ['null', null, ' the value must be an object'],
  ])('returns the fault, if any, of %s', (_name, message, expected) => {
    const fault = petStatus.check(message);
    expect(fault && `${fault.pointer} ${fault.sentence}`).toBe(expected);
  });

  it('rejects a reason that the contract does not list', () => {
    const body = { command: 'SPAWN', reason: 'TOO_TIRED' };
    const fault = petCommandStatus.check({
      transactionId: context.TENANT_ID,
      actorId: 1,
      petId: 1,
      type: 'REJECTED',
      body,
    });
    expect(fault).toMatchObject({
      pointer: '/body/reason',
      sentence: expect.stringMatching(/^must be one of PET_NOT_FOUND, /),
    });
  });
});

describe('keys', () => {
  it.each([
    [0, '0000000000000000'],
    [12340, '3430000000000000'],
    [4294967295, 'ffffffff00000000'],
  ])('are 8 bytes, little-endian: %d', (id, bytes) => {
    expect(encodeKey(id).toString('hex')).toBe(bytes);
    expect(decodeKey(Buffer.from(bytes, 'hex'))).toBe(id);
  });

  it('of another form are undefined', () => {
    expect(decodeKey(null)).toBeUndefined();
    expect(decodeKey(Buffer.from('12340'))).toBeUndefined();
    expect(decodeKey(Buffer.from('3430000001000000', 'hex'))).toBeUndefined();
    expect(() => encodeKey(-1)).toThrow('out of range');
    expect(() => encodeKey(4294967296)).toThrow('out of range');
  });
});

describe('types', () => {
  it('require a handler for every message', () => {
    const complete: PetCommandHandlers<null, number> = {
      SPAWN: ({ body }) => (body?.lead === true ? 1 : 0),
      DESPAWN: () => 0,
      ATTEMPT_COMMAND: ({ body }) => body.commandId,
      AWARD_CLOSENESS: ({ body }) => body.amount,
      AWARD_FULLNESS: ({ body }) => body.amount,
      AWARD_LEVEL: ({ body }) => body.amount,
      EXCLUDE: ({ body }) => body?.items?.length ?? 0,
    };
    const { EXCLUDE: _missing, ...rest } = complete;
    // @ts-expect-error: EXCLUDE has no handler
    const incomplete: PetCommandHandlers<null, number> = rest;
    expect(Object.keys(complete)).not.toEqual(Object.keys(incomplete));
  });

  it('narrow an event by its type', () => {
    const amountOf = (event: PetStatusEvent) => (event.type === 'CLOSENESS_CHANGED' ? event.body.amount : 0);
    expect(amountOf(slotChanged({ petId: 1, ownerId: 1, body: { oldSlot: 0, newSlot: 1 } }))).toBe(0);
    // @ts-expect-error: no event has this type
    const impossible = (event: PetStatusEvent) => event.type === 'SLOT_CHANGE';
    expect(impossible).toBeDefined();
  });
});
