/** The generated code decodes the records of the Go services and encodes them again: key, headers and value stay the same. */
import { describe, expect, it } from '@jest/globals';
import { channels } from '../../generated/contract/channels.js';
import * as petStatus from '../../generated/contract/messages/pet-status.js';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';
import type { ContractChannel, ProducedRecord } from '../../generated/contract/record.js';
import { captures, recordOf } from './capture.ts';
import type { CapturedRecord } from './capture.ts';

type AnyChannel = ContractChannel<object, object>;

interface Case {
  readonly capture: string;
  readonly name: string;
  readonly record: CapturedRecord;
}

const steps = (await captures()).flatMap(([capture, list]) => list.map((step) => ({ capture, ...step })));
// A step that a timer causes has no input.
const inputs = steps.flatMap(({ capture, name, input }): Case[] =>
  input.topic ? [{ capture, name, record: input }] : [],
);
const outputs = steps.flatMap(({ capture, name, output }) => output.map((record): Case => ({ capture, name, record })));

const channelOf = (env: string) => channels.find((channel) => channel.env === env) as unknown as AnyChannel;
const decode = (record: CapturedRecord) => channelOf(record.topic).decode(recordOf(record));

function onTheWire({ key, value, headers }: ProducedRecord) {
  const hex = Object.entries(headers).map(([name, header]) => [name, Buffer.from(header as Buffer).toString('hex')]);
  return { keyHex: key?.toString('hex'), value: value?.toString(), headersHex: Object.fromEntries(hex) as object };
}

/** Why the inputs of these steps are no messages: the code of the fault, or `skip` for a type that concerns other services. */
const NO_MESSAGE: Readonly<Record<string, string>> = {
  'unknown type': 'UNKNOWN_TYPE',
  'amount out of range': 'INVALID_PAYLOAD',
  'not JSON': 'INVALID_JSON',
  'no tenant headers': 'INVALID_HEADERS',
  'MAJOR_VERSION as text': 'INVALID_HEADERS',
  'MAJOR_VERSION of 3 bytes': 'INVALID_HEADERS',
  'REGION missing': 'INVALID_HEADERS',
  'STAT_CHANGED (unknown type)': 'skip',
  'asset CREATED ignored': 'skip',
};
/** Encoding does not restore these: no client writes such records. */
const NOT_RESTORED = new Set(['null key', 'extra fields, no transactionId']);

describe('a record that a Go service consumed', () => {
  it.each(inputs.filter(({ name }) => name in NO_MESSAGE))('is no message: $capture: $name', ({ name, record }) => {
    const decoded = decode(record);
    expect(decoded.kind === 'invalid' ? decoded.code : decoded.kind).toBe(NO_MESSAGE[name]);
  });

  it.each(inputs.filter(({ name }) => !(name in NO_MESSAGE) && !NOT_RESTORED.has(name)))(
    'keeps its bytes: $capture: $name',
    ({ record }) => {
      const decoded = decode(record);
      if (decoded.kind !== 'message') throw new Error(JSON.stringify(decoded));
      const { keyHex, value, headersHex } = onTheWire(channelOf(record.topic).encode(decoded.message, decoded.headers));
      expect({ keyHex, value }).toEqual({ keyHex: record.keyHex, value: record.value });
      // Encoding starts a trace if the record had none.
      expect({ ...headersHex, ...record.headersHex }).toEqual(headersHex);
    },
  );
});

const VERSION_AS_TEXT =
  '/MAJOR_VERSION is a header of the bytes 38 33, as text "83", as a uint16 14387 (83 is 00 53); it must be 2 bytes, a big-endian uint16';

/** Events of the Go service that break the contract, and the first fault of each. */
const BREAKING_EVENTS: Readonly<Record<string, string>> = {
  'spawn D lead=false: 3 are out SPAWNED': '/body/slot must be >= 0',
  'level 5+200 (int8 amount) LEVEL_CHANGED': '/body/amount must be >= -29',
  'exclude set with duplicates EXCLUDE_CHANGED': '/body/items must have no item twice',
  'MAJOR_VERSION as text LEVEL_CHANGED': VERSION_AS_TEXT,
  'MAJOR_VERSION as text CLOSENESS_CHANGED': VERSION_AS_TEXT,
  'REGION missing LEVEL_CHANGED': '/REGION is a header that must be ASCII text of 1 to 64 characters',
  'REGION missing CLOSENESS_CHANGED': '/REGION is a header that must be ASCII text of 1 to 64 characters',
};

describe('an event that the Go service sent', () => {
  it.each(outputs)(
    'keeps its bytes, or breaks the contract as listed: $capture: $name: $record.value',
    ({ name, record }) => {
      const decoded = decode(record);
      const fault = BREAKING_EVENTS[`${name} ${(JSON.parse(record.value) as PetStatusEvent).type}`];
      if (fault !== undefined) {
        expect(decoded.kind === 'invalid' && `${decoded.pointer} ${decoded.sentence}`).toBe(fault);
        return;
      }
      if (decoded.kind !== 'message') throw new Error(JSON.stringify(decoded));
      const event = reconstructed(decoded.message as PetStatusEvent);
      const { keyHex, value, headersHex } = onTheWire(channelOf(record.topic).encode(event, decoded.headers));
      expect({ keyHex, value }).toEqual({ keyHex: record.keyHex, value: record.value });
      expect(headersHex).toMatchObject(record.headersHex ?? {});
    },
  );
});

/** Returns the event from its constructor, with the fields in the order of the contract. */
function reconstructed(event: PetStatusEvent): PetStatusEvent {
  const name = event.type.toLowerCase().replaceAll(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
  const construct = (petStatus as unknown as Readonly<Record<string, (event: PetStatusEvent) => PetStatusEvent>>)[name];
  if (construct === undefined) throw new Error(`no constructor ${name}`);
  return construct(event);
}
