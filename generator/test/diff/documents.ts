/** Small documents for the tests of the gate. */
import { gate } from '../../src/diff/gate.ts';
import type { GateOptions, Result } from '../../src/diff/gate.ts';
import { readDocument } from '../../src/diff/load.ts';
import { serviceOf } from '../../src/diff/service.ts';
import type { Service } from '../../src/diff/service.ts';

export type Json = Record<string, unknown>;

const noFiles = (): never => {
  throw new Error('there are no other files');
};

/** Reads a document that is data. */
export const service = (document: Json, file = 'document'): Service =>
  serviceOf(readDocument(JSON.stringify(document), file, noFiles), file);

export const compare = (before: Json, after: Json, options: GateOptions = {}): Result =>
  gate(service(before, 'old.json'), service(after, 'new.json'), options);

export type Use = 'receive' | 'send';

/** A document with one channel, whose messages the service receives or sends. */
export function oneChannel(use: Use, messages: Json, channel: Json = {}, rest: Json = {}): Json {
  return {
    asyncapi: '3.0.0',
    info: { title: 'Depot', version: '1.0.0' },
    channels: { crates: { address: 'crates', messages, ...channel } },
    operations: { use: { action: use, channel: { $ref: '#/channels/crates' } } },
    ...rest,
  };
}

/** A document with one message. */
export const oneMessage = (use: Use, message: Json): Json => oneChannel(use, { Crate: message });

/** A document with one message that has this payload. */
export const withPayload = (use: Use, payload: unknown): Json => oneMessage(use, { payload });

/** An object with the required field `id`, and other fields. */
export const object = (properties: Json, required: readonly string[] = [], rest: Json = {}): Json => ({
  type: 'object',
  required: ['id', ...required],
  properties: { id: { type: 'integer' }, ...properties },
  ...rest,
});

export type Expected = 'breaking' | 'look' | 'safe';

/** Where the rule is given, one finding of it must have the verdict. */
export type DocumentPair = readonly [
  name: string,
  before: Json,
  after: Json,
  expected: Expected,
  rule?: string | undefined,
];

/** Returns a function that makes a pair for each direction. */
export const inBothDirections =
  (document: (use: Use, part: Json, rest?: Json) => Json) =>
  (
    name: string,
    before: Json,
    after: Json,
    receive: Expected,
    send: Expected,
    rule?: string,
    rest?: Json,
  ): DocumentPair[] => [
    [`${name}, received`, document('receive', before, rest), document('receive', after, rest), receive, rule],
    [`${name}, sent`, document('send', before, rest), document('send', after, rest), send, rule],
  ];
