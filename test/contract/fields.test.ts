/** What each field of a received message may hold: written here once more, from the protocol and not from the contract. */
import { describe, expect, it } from '@jest/globals';
import { assetStatus } from '../../generated/contract/channels/asset-status.ts';
import { characterStatus } from '../../generated/contract/channels/character-status.ts';
import { petCommand } from '../../generated/contract/channels/pet-command.ts';
import { petMovement } from '../../generated/contract/channels/pet-movement.ts';
import * as examples from '../../generated/contract/examples.ts';
import type { ConsumedRecord } from '../../generated/contract/record.ts';

const BYTE = [0, 255] as const;
const INT16 = [-32_768, 32_767] as const;
const UINT16 = [0, 65_535] as const;
const UINT32 = [0, 4_294_967_295] as const;
const UINT64 = [0, Number.MAX_SAFE_INTEGER] as const;

type Bounds = readonly [least: number, most: number];
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
const place = { '/body/channelId': BYTE, '/body/mapId': UINT32 } as const;
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
    required: { ...character.required, ...place },
    optional: { ...character.optional, '/body/instance': 'uuid' },
  },
  LOGOUT: {
    channel: characterStatus,
    full: full(examples.characterLogoutExamples),
    required: { ...character.required, ...place },
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
    required: { ...character.required, ...place },
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

function good(kind: Kind): unknown[] {
  if (kind === 'boolean') return [true, false];
  return kind === 'uuid' ? [SOME_UUID] : [...kind, kind[1] - 1];
}

/** Values of other types, and those next to the bounds. */
function bad(kind: Kind): unknown[] {
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

describe.each(Object.entries(CASES))('%s', (_type, { channel, full: message, required, optional }) => {
  const judge = (text: string) => channel.decode({ key: null, value: Buffer.from(text), headers: tenant });

  it.each(Object.entries({ ...required, ...optional }))('%s within its bounds', (pointer, kind) => {
    for (const value of good(kind)) expect(judge(changed(message, pointer, value))).toMatchObject({ kind: 'message' });
    for (const value of bad(kind)) {
      expect([value, judge(changed(message, pointer, value))]).toMatchObject([value, { code: 'INVALID_PAYLOAD', pointer }]); // prettier-ignore
    }
  });
  it.each(Object.keys(required))('%s has to be there', (pointer) => {
    for (const value of [undefined, null]) {
      expect(judge(changed(message, pointer, value))).toMatchObject({ code: 'INVALID_PAYLOAD', pointer });
    }
  });
  if (Object.keys(optional).length > 0) {
    it.each(Object.keys(optional))('%s may be left out, or null', (pointer) => {
      for (const value of [undefined, null]) {
        expect(judge(changed(message, pointer, value))).toMatchObject({ kind: 'message' });
      }
    });
  }
  it('may hold more than it has to', () => {
    const more = changed(changedBody(message), '/type2', 'x');
    expect(judge(more)).toMatchObject({ kind: 'message' });
  });
  it('needs its body where that has to hold something', () => {
    const needed = Object.keys(required).some((pointer) => pointer.startsWith('/body/'));
    for (const body of [undefined, null]) {
      const wanted = needed ? { code: 'INVALID_PAYLOAD', pointer: '/body' } : { kind: 'message' };
      expect(judge(changed(message, '/body', body))).toMatchObject(wanted);
    }
  });
});

function changedBody(message: object): object {
  return 'body' in message ? { ...message, body: { ...(message.body as object), more: { deep: [1] } } } : message;
}

describe('EXCLUDE', () => {
  const judge = (items: unknown) =>
    petCommand.decode({
      key: null,
      value: Buffer.from(JSON.stringify({ actorId: 1, petId: 1, type: 'EXCLUDE', body: { items } })),
      headers: tenant,
    });
  it.each([
    ['none', [], 'message'],
    ['null', null, 'message'],
    ['the same twice', [5, 5], 'message'],
    ['256', Array.from({ length: 256 }, (_, item) => item), 'message'],
    ['257', Array.from({ length: 257 }, (_, item) => item), '/body/items'],
    ['one that is too large', [1, 4_294_967_296], '/body/items/1'],
    ['one that is no number', [1, null], '/body/items/1'],
    ['no list', { 0: 1 }, '/body/items'],
  ])('items: %s', (_name, items, wanted) => {
    const decoded = judge(items);
    expect(decoded.kind === 'invalid' ? decoded.pointer : decoded.kind).toBe(wanted);
  });
});

describe('other teams send what we need not know', () => {
  const skipped = (value: string) => ({ key: null, value: Buffer.from(value), headers: {} });
  it.each([
    ['characters', characterStatus],
    ['assets', assetStatus],
  ])('%s: an unknown type is skipped, whatever else is wrong with it', (_name, channel) => {
    expect(channel.decode(skipped('{"type":"STAT_CHANGED","worldId":"x"}'))).toEqual({ kind: 'skip', type: 'STAT_CHANGED' }); // prettier-ignore
    expect(channel.decode(skipped('{"type":"constructor"}'))).toEqual({ kind: 'skip', type: 'constructor' });
  });
  it.each([
    ['characters', characterStatus],
    ['assets', assetStatus],
  ])('%s: what cannot be read, and what has no type, is a dead letter all the same', (_name, channel) => {
    expect(channel.decode(skipped('{"type":'))).toMatchObject({ code: 'INVALID_JSON' });
    expect(channel.decode(skipped('{}'))).toMatchObject({ code: 'INVALID_PAYLOAD', pointer: '/type' });
    expect(channel.decode(skipped('{"type":"DELETED"}'))).toMatchObject({ code: 'INVALID_HEADERS' });
  });
  it('a movement has no type: one is a field like any other', () => {
    const value = Buffer.from(changed(full(examples.movementExamples), '/type', 7));
    expect(petMovement.decode({ key: null, value, headers: tenant })).toMatchObject({ kind: 'message' });
    expect(petMovement.decode({ key: null, value, headers: {} })).toMatchObject({ code: 'INVALID_HEADERS' });
  });
});
