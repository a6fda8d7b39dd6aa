/** The valid values of each field of a consumed message, taken from the protocol and not from the contract. */
import { describe, expect, it } from '@jest/globals';
import { assetStatus } from '../../generated/contract/channels/asset-status.js';
import { characterStatus } from '../../generated/contract/channels/character-status.js';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import * as examples from '../../generated/contract/examples.js';
import type { ConsumedRecord } from '../../generated/contract/record.js';
import { payloadsOf } from '../support/contract-arbitrary.ts';

const BYTE = [0, 255] as const;
const INT16 = [-32_768, 32_767] as const;
const UINT16 = [0, 65_535] as const;
const UINT32 = [0, 4_294_967_295] as const;
const UINT64 = [0, Number.MAX_SAFE_INTEGER] as const;

type Bounds = readonly [minimum: number, maximum: number];
type Kind = Bounds | 'boolean' | 'uuid';

const headers = examples.spawnExamples[0]?.headers;
if (headers === undefined) throw new Error('no example');
const tenant = petCommand.encode({ actorId: 1, petId: 1, type: 'DESPAWN' }, headers).headers;

interface Case {
  readonly channel: { decode(record: ConsumedRecord): { kind: string; code?: string; pointer?: string } };
  readonly full: object;
  readonly required: Readonly<Record<string, Kind>>;
  readonly optional: Readonly<Record<string, Kind>>;
}

const command = { required: { '/actorId': UINT32, '/petId': UINT32 }, optional: { '/transactionId': 'uuid' } } as const;
const character = { required: { '/worldId': BYTE, '/characterId': UINT32 }, optional: { '/transactionId': 'uuid' } } as const; // prettier-ignore
const location = { '/body/channelId': BYTE, '/body/mapId': UINT32 } as const;
const full = (list: readonly { readonly payload: object }[]) => list[1]?.payload ?? {};

const CASES: Readonly<Record<string, Case>> = {
  SPAWN: {
    channel: petCommand,
    full: full(examples.spawnExamples),
    required: command.required,
    optional: { ...command.optional, '/body/lead': 'boolean' },
  },
  DESPAWN: { channel: petCommand, full: full(examples.despawnExamples), ...command },
  ATTEMPT_COMMAND: {
    channel: petCommand,
    full: full(examples.attemptExamples),
    required: { ...command.required, '/body/commandId': BYTE },
    optional: { ...command.optional, '/body/byName': 'boolean' },
  },
  AWARD_CLOSENESS: {
    channel: petCommand,
    full: full(examples.awardClosenessExamples),
    required: { ...command.required, '/body/amount': UINT16 },
    optional: command.optional,
  },
  AWARD_FULLNESS: {
    channel: petCommand,
    full: full(examples.awardFullnessExamples),
    required: { ...command.required, '/body/amount': BYTE },
    optional: command.optional,
  },
  AWARD_LEVEL: {
    channel: petCommand,
    full: full(examples.awardLevelExamples),
    required: { ...command.required, '/body/amount': BYTE },
    optional: command.optional,
  },
  EXCLUDE: { channel: petCommand, full: full(examples.excludeExamples), ...command },
  LOGIN: {
    channel: characterStatus,
    full: full(examples.characterLoginExamples),
    required: { ...character.required, ...location },
    optional: { ...character.optional, '/body/instance': 'uuid' },
  },
  LOGOUT: {
    channel: characterStatus,
    full: full(examples.characterLogoutExamples),
    required: { ...character.required, ...location },
    optional: { ...character.optional, '/body/instance': 'uuid' },
  },
  MAP_CHANGED: {
    channel: characterStatus,
    full: full(examples.characterMapChangedExamples),
    required: { ...character.required, '/body/channelId': BYTE, '/body/targetMapId': UINT32 },
    optional: {
      ...character.optional,
      '/body/oldMapId': UINT32,
      '/body/oldInstance': 'uuid',
      '/body/targetInstance': 'uuid',
      '/body/targetPortalId': UINT32,
    },
  },
  CHANNEL_CHANGED: {
    channel: characterStatus,
    full: full(examples.characterChannelChangedExamples),
    required: { ...character.required, ...location },
    optional: { ...character.optional, '/body/oldChannelId': BYTE, '/body/instance': 'uuid' },
  },
  'DELETED, of a character': { channel: characterStatus, full: full(examples.characterDeletedExamples), ...character },
  'DELETED, of an asset': {
    channel: assetStatus,
    full: full(examples.assetDeletedExamples),
    required: { '/characterId': UINT32, '/templateId': UINT32, '/slot': INT16 },
    optional: { '/compartmentId': 'uuid', '/assetId': UINT32 },
  },
  'a movement': {
    channel: petMovement,
    full: full(examples.movementExamples),
    required: {
      '/worldId': BYTE,
      '/channelId': BYTE,
      '/mapId': UINT32,
      '/instance': 'uuid',
      '/objectId': UINT64,
      '/observerId': UINT32,
      '/x': INT16,
      '/y': INT16,
      '/stance': BYTE,
    },
    optional: { '/fh': INT16 },
  },
};

const SOME_UUID = '6F1A2F9E-0c5b-4a55-9d0e-0d6c3b1f7a10';

function validValues(kind: Kind): unknown[] {
  if (kind === 'boolean') return [true, false];
  return kind === 'uuid' ? [SOME_UUID] : [...kind, kind[1] - 1];
}

/** Returns values of other types, and those next to the bounds. */
function invalidValues(kind: Kind): unknown[] {
  const others = [{}, [], 'x', ''];
  if (kind === 'boolean') return [...others, 0, 1];
  if (kind === 'uuid') return [...others, 0, true, SOME_UUID.replaceAll('-', ''), `{${SOME_UUID}}`];
  return [...others, true, '1', kind[0] - 1, kind[1] + 1, 0.5];
}

/** Returns the JSON text of the message with one field changed or, without a value, left out. */
function changed(message: object, pointer: string, value: unknown): string {
  const copy = structuredClone(message) as Record<string, unknown>;
  const [name = '', inner] = pointer.slice(1).split('/');
  if (inner === undefined) copy[name] = value;
  else copy[name] = { ...(copy[name] as object), [inner]: value };
  return JSON.stringify(copy);
}

it('these tests cover all commands of the contract', () => {
  expect(Object.keys(CASES)).toEqual(expect.arrayContaining([...payloadsOf(petCommand.name).keys()]));
});

describe.each(Object.entries(CASES))('%s', (_type, { channel, full: message, required, optional }) => {
  const decode = (text: string) => channel.decode({ key: null, value: Buffer.from(text), headers: tenant });

  it.each(Object.entries({ ...required, ...optional }))('%s accepts only values within its bounds', (pointer, kind) => {
    for (const value of validValues(kind))
      expect(decode(changed(message, pointer, value))).toMatchObject({ kind: 'message' });
    for (const value of invalidValues(kind)) {
      expect([value, decode(changed(message, pointer, value))]).toMatchObject([value, { code: 'INVALID_PAYLOAD', pointer }]); // prettier-ignore
    }
  });
  it.each(Object.keys(required))('%s is required', (pointer) => {
    for (const value of [undefined, null]) {
      expect(decode(changed(message, pointer, value))).toMatchObject({ code: 'INVALID_PAYLOAD', pointer });
    }
  });
  if (Object.keys(optional).length > 0) {
    it.each(Object.keys(optional))('%s may be missing or null', (pointer) => {
      for (const value of [undefined, null]) {
        expect(decode(changed(message, pointer, value))).toMatchObject({ kind: 'message' });
      }
    });
  }
  it('may have unknown fields', () => {
    const more = changed(changedBody(message), '/type2', 'x');
    expect(decode(more)).toMatchObject({ kind: 'message' });
  });
  it('requires a body if that has required fields', () => {
    const isRequired = Object.keys(required).some((pointer) => pointer.startsWith('/body/'));
    for (const body of [undefined, null]) {
      const expected = isRequired ? { code: 'INVALID_PAYLOAD', pointer: '/body' } : { kind: 'message' };
      expect(decode(changed(message, '/body', body))).toMatchObject(expected);
    }
  });
});

function changedBody(message: object): object {
  return 'body' in message ? { ...message, body: { ...(message.body as object), more: { deep: [1] } } } : message;
}

describe('EXCLUDE', () => {
  const decode = (items: unknown) =>
    petCommand.decode({
      key: null,
      value: Buffer.from(JSON.stringify({ actorId: 1, petId: 1, type: 'EXCLUDE', body: { items } })),
      headers: tenant,
    });
  it.each([
    ['an empty list', [], 'message'],
    ['null', null, 'message'],
    ['an item twice', [5, 5], 'message'],
    ['256 items', Array.from({ length: 256 }, (_, item) => item), 'message'],
    ['257 items', Array.from({ length: 257 }, (_, item) => item), '/body/items'],
    ['an item that is too large', [1, 4_294_967_296], '/body/items/1'],
    ['an item that is not a number', [1, null], '/body/items/1'],
    ['an object instead of a list', { 0: 1 }, '/body/items'],
  ])('with %s is decoded, or rejected at the right path', (_name, items, expected) => {
    const decoded = decode(items);
    expect(decoded.kind === 'invalid' ? decoded.pointer : decoded.kind).toBe(expected);
  });
});

describe('a record of another team', () => {
  const recordOf = (value: string) => ({ key: null, value: Buffer.from(value), headers: {} });
  it.each([
    ['characters', characterStatus],
    ['assets', assetStatus],
  ])('on the topic of %s is skipped if its type is unknown, whatever its other faults', (_name, channel) => {
    expect(channel.decode(recordOf('{"type":"STAT_CHANGED","worldId":"x"}'))).toEqual({ kind: 'skip', type: 'STAT_CHANGED' }); // prettier-ignore
    expect(channel.decode(recordOf('{"type":"constructor"}'))).toEqual({ kind: 'skip', type: 'constructor' });
  });
  it.each([
    ['characters', characterStatus],
    ['assets', assetStatus],
  ])('on the topic of %s is invalid if it cannot be decoded or has no type', (_name, channel) => {
    expect(channel.decode(recordOf('{"type":'))).toMatchObject({ code: 'INVALID_JSON' });
    expect(channel.decode(recordOf('{}'))).toMatchObject({ code: 'INVALID_PAYLOAD', pointer: '/type' });
    expect(channel.decode(recordOf('{"type":"DELETED"}'))).toMatchObject({ code: 'INVALID_HEADERS' });
  });
  it('on the topic of movements may have a field "type" of any value', () => {
    const value = Buffer.from(changed(full(examples.movementExamples), '/type', 7));
    expect(petMovement.decode({ key: null, value, headers: tenant })).toMatchObject({ kind: 'message' });
    expect(petMovement.decode({ key: null, value, headers: {} })).toMatchObject({ code: 'INVALID_HEADERS' });
  });
});
