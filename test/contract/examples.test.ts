import { describe, expect, it } from '@jest/globals';
import { channels } from '../../generated/contract/channels.ts';
import { deadLetter } from '../../generated/contract/channels/dead-letter.ts';
import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.ts';
import { petCommand } from '../../generated/contract/channels/pet-command.ts';
import { petStatus } from '../../generated/contract/channels/pet-status.ts';
import { deadLetterExamples, examples } from '../../generated/contract/examples.ts';
import { decodeKey } from '../../generated/contract/keys.ts';
import type { Channel, MessageChannel } from '../../generated/contract/record.ts';
import * as validators from '../../generated/contract/validators.js';

// Any message of any channel: what is looked at here is the same for all of them.
type AnyChannel = MessageChannel<{ type: string }, object>;
const messageChannels = [petCommand, petStatus, petCommandStatus].map((channel) => channel as unknown as AnyChannel);

interface Case {
  readonly channel: string;
  readonly message: string;
  readonly type: string | undefined;
  readonly example: { readonly name: string; readonly headers: object; readonly payload: { readonly type: string } };
}

const cases = examples.flatMap((entry): Case[] => {
  if (entry.channel === 'deadLetter') return [];
  const { channel, message, type, examples: list } = entry;
  return list.map((example) => ({ channel, message, type, example }));
});

describe('the examples of the contract', () => {
  it('are there for every message, minimal and full', () => {
    for (const { examples: list } of examples) expect(list.map(({ name }) => name)).toEqual(['minimal', 'full']);
    expect(new Set(examples.map(({ channel }) => channel))).toEqual(new Set(channels.map(({ name }: Channel) => name)));
  });

  it.each(cases)(
    '$message, $example.name: becomes a record and the same message again',
    ({ channel: name, type, example }) => {
      const channel = messageChannels.find((one) => one.name === name);
      if (channel === undefined) throw new Error(name);
      expect(example.payload.type).toBe(type);
      expect(channel.check(example.payload)).toBeUndefined();

      const record = channel.encode(example.payload, example.headers);
      expect(record.value?.toString()).toBe(JSON.stringify(example.payload));
      expect(Object.keys(record.headers)).toEqual(Object.keys(example.headers));
      expect(channel.headers).toEqual(expect.arrayContaining(Object.keys(record.headers)));
      expect(channel.decode(record)).toEqual({ kind: 'message', message: example.payload, headers: example.headers });
    },
  );

  it.each(cases)('$message, $example.name: is valid as one message and no other', ({ example }) => {
    const valid = Object.entries(validators).filter(([, validate]) => validate(example.payload));
    expect(valid).toHaveLength(1);
  });

  it.each(cases)('$message, $example.name: is keyed by one of its fields', ({ channel: name, example }) => {
    const channel = messageChannels.find((one) => one.name === name);
    const { petId, ownerId } = example.payload as unknown as { petId: number; ownerId?: number };
    expect(decodeKey(channel?.encode(example.payload, example.headers).key ?? null)).toBe(ownerId ?? petId);
  });

  it.each(deadLetterExamples)(
    'DeadLetter, $name: adds headers to a record and changes nothing else',
    ({ headers, payload }) => {
      const own = {
        TENANT_ID: Buffer.from([0xff]),
        doubled: ['a', 'b'],
        gone: undefined,
        DEAD_LETTER_TOPIC: 'elsewhere',
      };
      const record = { key: Buffer.from('k'), value: Buffer.from(payload), headers: own };
      const letter = deadLetter.encode(record, headers);
      expect(letter.key).toBe(record.key);
      expect(letter.value).toBe(record.value);
      expect(letter.headers).toEqual({ TENANT_ID: own.TENANT_ID, doubled: own.doubled, ...headers });
      expect(Object.keys(letter.headers)).not.toContain('gone');
    },
  );

  it('a dead letter of a record that has nothing has its reason', () => {
    const { headers } = deadLetterExamples[0] ?? { headers: undefined };
    if (headers === undefined) throw new Error('no example');
    expect(deadLetter.encode({ key: null, value: null }, headers)).toEqual({ key: null, value: null, headers });
  });
});
