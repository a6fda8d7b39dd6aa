import { describe, expect, it } from '@jest/globals';
import { channels } from '../../generated/contract/channels.js';
import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import { deadLetterExamples, examples } from '../../generated/contract/examples.js';
import type { Channel, ContractChannel } from '../../generated/contract/record.js';
import * as validators from '../../generated/contract/validators.js';

// Any message of any channel: the tests are the same for all.
type AnyChannel = ContractChannel<object, object>;
const messageChannels = channels
  .filter((channel) => 'check' in channel)
  .map((channel) => channel as unknown as AnyChannel);

interface Case {
  readonly channel: AnyChannel;
  readonly message: string;
  readonly type: string | undefined;
  readonly example: { readonly name: string; readonly headers: object; readonly payload: object };
}

const cases = examples.flatMap(({ channel: name, message, type, examples: list }): Case[] => {
  const channel = messageChannels.find((one) => one.name === name);
  if (channel === undefined) return [];
  return list.map((example) => ({
    channel,
    message,
    type,
    example: { ...example, payload: example.payload as object },
  }));
});

/** Returns the bytes of a record, computed from the description of the protocol and not from the contract. */
function onTheWire(id: number, payload: object, headers: object) {
  const key = Buffer.alloc(8);
  key.writeUInt32LE(id);
  const bytes = (value: string | number) =>
    typeof value === 'number' ? Buffer.from([value >> 8, value & 0xff]) : Buffer.from(value);
  return {
    key: key.toString('hex'),
    value: JSON.stringify(payload),
    headers: Object.entries(headers).map(([name, value]) => [name, bytes(value as string).toString('hex')]),
  };
}

describe('the examples of the contract', () => {
  it('exist for every message, minimal and full', () => {
    for (const { examples: list } of examples) expect(list.map(({ name }) => name)).toEqual(['minimal', 'full']);
    expect(new Set(examples.map(({ channel }) => channel))).toEqual(new Set(channels.map(({ name }: Channel) => name)));
  });

  it.each(cases)(
    '$message, $example.name: is encoded and decoded without change',
    ({ channel, type, example: { headers, payload } }) => {
      expect('type' in payload ? payload.type : undefined).toBe(type);
      expect(channel.check(payload)).toBeUndefined();
      const record = channel.encode(payload, headers);
      expect(channel.headers).toEqual(expect.arrayContaining(Object.keys(record.headers)));
      expect(channel.decode(record)).toEqual({ kind: 'message', message: payload, headers });
    },
  );

  it.each(cases)(
    '$message, $example.name: has the bytes of the protocol',
    ({ channel, example: { headers, payload } }) => {
      const { ownerId, characterId, objectId, petId = objectId } = payload as Readonly<Record<string, number>>;
      const record = channel.encode(payload, headers);
      const hex = (header: unknown) => Buffer.from(header as string).toString('hex');
      expect({
        key: record.key?.toString('hex'),
        value: record.value?.toString(),
        headers: Object.entries(record.headers).map(([name, header]) => [name, hex(header)]),
      }).toEqual(onTheWire(ownerId ?? characterId ?? petId ?? -1, payload, headers));
    },
  );

  it.each(cases)('$message, $example.name: is valid as one message and no other', ({ example }) => {
    const valid = Object.entries(validators).filter(([, validate]) => validate(example.payload));
    expect(valid).toHaveLength(1);
  });

  it.each(deadLetterExamples)(
    'DeadLetter, $name: adds headers to a record and changes nothing else',
    ({ headers, payload }) => {
      const own = {
        TENANT_ID: Buffer.from([0xff]),
        doubled: ['a', 'b'],
        missing: undefined,
        DEAD_LETTER_TOPIC: 'elsewhere',
      };
      const record = { key: Buffer.from('k'), value: Buffer.from(payload), headers: own };
      const encoded = deadLetter.encode(record, headers);
      expect(encoded.key).toBe(record.key);
      expect(encoded.value).toBe(record.value);
      expect(encoded.headers).toEqual({ TENANT_ID: own.TENANT_ID, doubled: own.doubled, ...headers });
      expect(Object.keys(encoded.headers)).not.toContain('missing');
    },
  );

  it.each(deadLetterExamples)(
    'DeadLetter, $name: is decoded if the record that it holds has no value',
    ({ headers }) => {
      const record = deadLetter.encode({ key: null, value: null }, headers);
      expect(deadLetter.decode(record)).toEqual({ kind: 'message', message: null, headers });
    },
  );

  it.each(deadLetterExamples)('DeadLetter, $name: is decoded as its bytes with its headers', ({ headers, payload }) => {
    const record = deadLetter.encode({ key: null, value: Buffer.from(payload) }, headers);
    expect(deadLetter.decode(record)).toEqual({ kind: 'message', message: Buffer.from(payload), headers });
  });

  it('a dead letter without one of its headers is invalid', () => {
    const { headers } = deadLetterExamples[0]!;
    const record = deadLetter.encode({ key: null, value: Buffer.from('k') }, headers);
    const decoded = deadLetter.decode({ ...record, headers: { ...record.headers, DEAD_LETTER_ID: undefined } });
    expect(decoded).toMatchObject({ kind: 'invalid', code: 'INVALID_HEADERS', pointer: '/DEAD_LETTER_ID' });
  });

  it('a dead letter of an empty record has only the headers of a dead letter', () => {
    const { headers } = deadLetterExamples[0] ?? { headers: undefined };
    if (headers === undefined) throw new Error('no example');
    expect(deadLetter.encode({ key: null, value: null }, headers)).toEqual({ key: null, value: null, headers });
  });
});
