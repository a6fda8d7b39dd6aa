/** Pairs of documents that differ in more than one payload: channels, messages, headers, keys, operations, servers. */
import { inBothDirections, object, oneChannel, oneMessage, withPayload } from './documents.ts';
import type { DocumentPair, Expected, Json, Use } from './documents.ts';
import {
  matchedChannelPairs,
  matchedMessagePairs,
  matchedOperationPairs,
  matchedServerPairs,
} from './matching-pairs.ts';

const PAYLOAD = object({ n: { type: 'integer' } });
const HEADERS_WITH_ID = { type: 'object', required: ['id'], properties: { id: { type: 'string' } } };
const message = (change: Json = {}): Json => ({ payload: PAYLOAD, ...change });
const channel = (use: Use, change: Json, rest: Json = {}): Json => oneChannel(use, { Crate: message() }, change, rest);

const KAFKA = (kafka: Json): Json => ({ bindings: { kafka } });
const PARAMETER = (parameter: Json): Json => ({ address: 'crates.{hall}', parameters: { hall: parameter } });

const LINES = (line: Json, address: string): Json => ({ address, parameters: { hall: {}, line } });

const both = inBothDirections(channel);

const KEYED = (key: Json): Json => ({ Crate: message({ bindings: { kafka: { key } } }) });
const UUID_KEYS = KEYED({ type: 'string', format: 'uuid' });
/** Its hash is even: it stays in partition 0. */
const ONE_KEY = KEYED({ const: 'b' });

function channelPairs(): DocumentPair[] {
  const ofOne: DocumentPair[] = [
    ...both('another topic', { address: 'a' }, { address: 'b' }, 'breaking', 'breaking', 'topic-changed'),
    ...both('the topic of the binding', { address: 'a', ...KAFKA({ topic: 'x' }) }, { address: 'b', ...KAFKA({ topic: 'x' }) }, 'safe', 'safe'), // prettier-ignore
    ...both('the topic moves to the binding', { address: 'a' }, { address: 'other', ...KAFKA({ topic: 'a' }) }, 'safe', 'safe'), // prettier-ignore
    ...both('another variable', { 'x-env': 'A' }, { 'x-env': 'B' }, 'breaking', 'breaking', 'topic-variable-changed'),
    ...both('a variable added', {}, { 'x-env': 'B' }, 'safe', 'safe'),
    ...both('more partitions', { messages: UUID_KEYS, ...KAFKA({ partitions: 3 }) }, { messages: UUID_KEYS, ...KAFKA({ partitions: 4 }) }, 'breaking', 'breaking', 'partitions-changed'), // prettier-ignore
    ...both('more partitions, of records that may have no key', KAFKA({ partitions: 3 }), KAFKA({ partitions: 4 }), 'look', 'look', 'partitions-changed'), // prettier-ignore
    ...both('one of several parameters fixed', LINES({ enum: ['a'] }, 'crates.{hall}.{line}'), { address: 'crates.{hall}.a', parameters: { hall: {} } }, 'safe', 'safe'), // prettier-ignore
    ...both('one of several parameters fixed that had two values', LINES({ enum: ['a', 'b'] }, 'crates.{hall}.{line}'), { address: 'crates.{hall}.a', parameters: { hall: {} } }, 'breaking', 'breaking', 'topic-changed'), // prettier-ignore
    ...both('partitions twice as many, of keys with a form', { ...KAFKA({ partitions: 16 }), messages: UUID_KEYS }, { ...KAFKA({ partitions: 32 }), messages: UUID_KEYS }, 'breaking', 'breaking', 'partitions-changed'), // prettier-ignore
    ...both('partitions of one key', { ...KAFKA({ partitions: 1 }), messages: ONE_KEY }, { ...KAFKA({ partitions: 2 }), messages: ONE_KEY }, 'safe', 'safe'), // prettier-ignore
    ...both('partitions named', {}, KAFKA({ partitions: 4 }), 'safe', 'safe'),
    ...both('more replicas', KAFKA({ replicas: 3 }), KAFKA({ replicas: 4 }), 'safe', 'safe'),
    ...both('compaction', KAFKA({ topicConfiguration: { 'cleanup.policy': ['delete'] } }), KAFKA({ topicConfiguration: { 'cleanup.policy': ['compact'] } }), 'breaking', 'breaking', 'cleanup-changed'), // prettier-ignore
    ...both('policies in another order', KAFKA({ topicConfiguration: { 'cleanup.policy': ['compact', 'delete'] } }), KAFKA({ topicConfiguration: { 'cleanup.policy': ['delete', 'compact'] } }), 'safe', 'safe'), // prettier-ignore
    ...both('shorter retention', KAFKA({ topicConfiguration: { 'retention.ms': 9000 } }), KAFKA({ topicConfiguration: { 'retention.ms': 8000 } }), 'look', 'look', 'retention-shortened'), // prettier-ignore
    ...both('shorter retention as text', KAFKA({ topicConfiguration: { 'retention.ms': '604800000' } }), KAFKA({ topicConfiguration: { 'retention.ms': '86400000' } }), 'look', 'look', 'retention-shortened'), // prettier-ignore
    ...both('retention that becomes text', KAFKA({ topicConfiguration: { 'retention.ms': 86400000 } }), KAFKA({ topicConfiguration: { 'retention.ms': '86400000' } }), 'safe', 'safe'), // prettier-ignore
    ...both('smaller records, as text', KAFKA({ topicConfiguration: { 'max.message.bytes': '9000' } }), KAFKA({ topicConfiguration: { 'max.message.bytes': '8000' } }), 'look', 'safe'), // prettier-ignore
    ...both('retention without limit as text', KAFKA({ topicConfiguration: { 'retention.ms': '9000' } }), KAFKA({ topicConfiguration: { 'retention.ms': '-1' } }), 'safe', 'safe'), // prettier-ignore
    ...both('longer retention', KAFKA({ topicConfiguration: { 'retention.ms': 9000 } }), KAFKA({ topicConfiguration: { 'retention.ms': -1 } }), 'safe', 'safe'), // prettier-ignore
    ...both('smaller records', KAFKA({ topicConfiguration: { 'max.message.bytes': 9000 } }), KAFKA({ topicConfiguration: { 'max.message.bytes': 8000 } }), 'look', 'safe'), // prettier-ignore
    ...both('a parameter loses a value', PARAMETER({ enum: ['a', 'b'] }), PARAMETER({ enum: ['a'] }), 'breaking', 'breaking', 'parameter-narrowed'), // prettier-ignore
    ...both('a parameter gets a value', PARAMETER({ enum: ['a'] }), PARAMETER({ enum: ['a', 'b'] }), 'safe', 'look'),
    ...both('another default', PARAMETER({ default: 'a' }), PARAMETER({ default: 'b' }), 'breaking', 'breaking', 'parameter-changed'), // prettier-ignore
    ...both('another location', PARAMETER({ location: '$message.payload#/id' }), PARAMETER({ location: '$message.payload#/n' }), 'breaking', 'breaking', 'parameter-changed'), // prettier-ignore
    ...both('another name of a parameter', PARAMETER({}), { address: 'crates.{room}', parameters: { room: {} } }, 'safe', 'safe'), // prettier-ignore
    ...both('another title', { title: 'A' }, { title: 'B', description: 'C', summary: 'D' }, 'safe', 'safe'),
  ];

  const renamed = (use: Use): Json => ({
    ...channel(use, {}),
    channels: { boxes: { address: 'crates', messages: { Box: message() } } },
    operations: { other: { action: use, channel: { $ref: '#/channels/boxes' } } },
  });
  const two = (use: Use): Json => {
    const one = channel(use, {});
    return {
      ...one,
      channels: { ...(one['channels'] as Json), more: { address: 'more', messages: { More: message() } } },
    };
  };

  const withOperation = (document: Json, use: Use): Json => {
    const more = { action: use, channel: { $ref: '#/channels/more' } };
    return { ...document, operations: { ...(document['operations'] as Json), more } };
  };

  return [
    ...ofOne,
    ['another name of everything, received', channel('receive', {}), renamed('receive'), 'safe'],
    ['another name of everything, sent', channel('send', {}), renamed('send'), 'safe'],
    ['a channel added that no operation uses', channel('send', {}), two('send'), 'safe'],
    [
      'a channel added with an operation',
      channel('send', {}),
      withOperation(two('send'), 'send'),
      'safe',
      'channel-added',
    ],
  ];
}

const TYPED = (type: string, change: Json = {}): Json => ({
  payload: {
    type: 'object',
    required: ['type'],
    properties: { type: { const: type }, n: { type: 'integer' }, ...change },
  },
});
/** A list by a schema of 2020-12. */
const draft = (use: Use, list: Json): Json => oneMessage(use, { payload: { schemaFormat: 'application/schema+json;version=draft-2020-12', schema: { type: 'array', ...list } } }); // prettier-ignore
const firstItem = (type: string) => ({ prefixItems: [{ type }], items: false });
const texts = (minContains: number) => ({ contains: { type: 'string' }, minContains });
const typed = (use: Use, messages: Json, rest: Json = {}): Json => oneChannel(use, messages, rest);

const PAYLOAD_ID: Json = { schemaIdLocation: 'payload', schemaIdPayloadEncoding: 'confluent' };
const withId = (name: string, before: Json, after: Json, expected: Expected, rule: string): DocumentPair[] =>
  inBothDirections((use, kafka) => oneMessage(use, message(KAFKA(kafka))))(
    name,
    before,
    after,
    expected,
    expected,
    rule,
  );

function messagePairs(): DocumentPair[] {
  const [A, B] = [TYPED('A'), TYPED('B')];
  const avro = (use: Use, schema: unknown, notation = ''): Json =>
    oneMessage(use, { payload: { schemaFormat: `application/vnd.apache.avro${notation};version=1.9.0`, schema } });
  const record = (fields: readonly Json[]): Json => ({ type: 'record', name: 'Crate', fields });
  const ID: Json = { name: 'id', type: 'long' };
  const DECIMAL = (scale: number): Json => ({ type: 'bytes', logicalType: 'decimal', precision: 9, scale });
  const TIME = (unit: string): Json => ({ name: 'at', type: { type: 'long', logicalType: `timestamp-${unit}` } });
  const KIND = (...symbols: readonly string[]): Json => ({ type: 'enum', name: 'Kind', symbols });
  const protobuf = (use: Use, schema: string): Json =>
    oneMessage(use, { payload: { schemaFormat: 'application/vnd.google.protobuf;version=3', schema } });
  return [
    ['a message added, received', typed('receive', { A }), typed('receive', { A, B }), 'safe', 'message-added'],
    ['a message added, sent', typed('send', { A, B }), typed('send', { A, B, C: TYPED('C') }), 'safe', 'message-added'],
    ['a second message of a type that is a name, sent', typed('send', { A: { name: 'A', ...A } }), typed('send', { A: { name: 'A', ...A }, B }), 'safe', 'message-added'], // prettier-ignore
    ['a second message of a type that readers do not look for, sent', typed('send', { A }), typed('send', { A, B }), 'breaking', 'message-added'], // prettier-ignore
    ['a message removed, received', typed('receive', { A, B }), typed('receive', { A }), 'breaking', 'message-removed'],
    ['a message removed, sent', typed('send', { A, B }), typed('send', { A }), 'breaking', 'message-removed'],
    ['a message removed where types are skipped', typed('receive', { A, B }, { 'x-unknown-types': 'skip' }), typed('receive', { A }, { 'x-unknown-types': 'skip' }), 'breaking', 'message-removed'], // prettier-ignore
    ['a message renamed, received', typed('receive', { A, B }), typed('receive', { A, C: B }), 'safe'],
    ['a message renamed, sent', typed('send', { A, B }), typed('send', { C: A, B }), 'safe'],
    ['another type, received', typed('receive', { A, B }), typed('receive', { A, B: TYPED('C') }), 'breaking'],
    ['another type, sent', typed('send', { A, B }), typed('send', { A, B: TYPED('C') }), 'breaking'],
    ['types exchanged', typed('send', { A, B }), typed('send', { A: B, B: A }), 'safe'],
    ['a field of one of them, received', typed('receive', { A, B }), typed('receive', { A, B: TYPED('B', { n: { type: 'string' } }) }), 'breaking'], // prettier-ignore
    ['unknown types refused', typed('receive', { A, B }, { 'x-unknown-types': 'skip' }), typed('receive', { A, B }), 'breaking', 'unknown-types-refused'], // prettier-ignore
    ['unknown types skipped', typed('receive', { A, B }), typed('receive', { A, B }, { 'x-unknown-types': 'skip' }), 'safe'], // prettier-ignore
    ['a second message that readers cannot distinguish', oneMessage('send', message()), oneChannel('send', { Crate: message(), Lid: { payload: object({ lid: { type: 'string' } }, ['lid']) } }), 'safe'], // prettier-ignore
    ['a second message that readers refuse', oneMessage('send', message()), oneChannel('send', { Crate: message(), Lid: { payload: { type: 'string' } } }), 'breaking', 'message-added'], // prettier-ignore
    ['messages that only payloads distinguish', oneChannel('send', { Crate: message(), Lid: { payload: { type: 'string' } } }), oneChannel('send', { Crate: message(), Lid: { payload: { type: 'string', minLength: 0 } } }), 'safe'], // prettier-ignore
    ['the same with a narrower payload', oneChannel('receive', { Crate: message(), Lid: { payload: { type: 'string' } } }), oneChannel('receive', { Crate: message(), Lid: { payload: { type: 'string', minLength: 1 } } }), 'breaking'], // prettier-ignore
    ['the same with a wider payload', oneChannel('send', { Crate: message(), Lid: { payload: { type: 'string', maxLength: 3 } } }), oneChannel('send', { Crate: message(), Lid: { payload: { type: 'string', maxLength: 4 } } }), 'breaking'], // prettier-ignore
    ['a schema moves to the components', oneMessage('send', message()), { ...oneMessage('send', { payload: { $ref: '#/components/schemas/X' } }), components: { schemas: { X: PAYLOAD } } }, 'safe'], // prettier-ignore
    ...(['receive', 'send'] as const).flatMap((use): DocumentPair[] => [
      ['a keyword of a later draft, ' + use, draft(use, firstItem('string')), draft(use, firstItem('integer')), 'breaking', 'type-changed'],
      ['a keyword of a later draft that draft 7 cannot express, ' + use, draft(use, texts(2)), draft(use, texts(3)), 'look', 'keyword-not-compared'],
    ]), // prettier-ignore
    ['an optional field removed', withPayload('send', object({ note: { type: 'string' } })), withPayload('send', object({})), 'safe', 'field-removed'], // prettier-ignore
    ['a correlation id elsewhere', oneMessage('receive', message({ correlationId: { location: '$message.payload#/id' } })), oneMessage('receive', message({ correlationId: { location: '$message.payload#/n' } })), 'breaking', 'correlation-changed'], // prettier-ignore
    ['a correlation id removed', oneMessage('send', message({ correlationId: { location: '$message.payload#/id' } })), oneMessage('send', message()), 'breaking', 'correlation-changed'], // prettier-ignore
    ['a correlation id removed, received', oneMessage('receive', message({ correlationId: { location: '$message.payload#/id' } })), oneMessage('receive', message()), 'look', 'correlation-changed'], // prettier-ignore
    ['a correlation id added', oneMessage('send', message()), oneMessage('send', message({ correlationId: { location: '$message.payload#/id' } })), 'safe', 'correlation-added'], // prettier-ignore
    ['a correlation id added, received', oneMessage('receive', message()), oneMessage('receive', message({ correlationId: { location: '$message.payload#/id' } })), 'safe', 'correlation-added'], // prettier-ignore
    ['a correlation id added that may be missing, received', oneMessage('receive', message()), oneMessage('receive', message({ correlationId: { location: '$message.payload#/n' } })), 'look', 'correlation-added'], // prettier-ignore
    ['a correlation id added in a required header, received', oneMessage('receive', message({ headers: HEADERS_WITH_ID })), oneMessage('receive', message({ headers: HEADERS_WITH_ID, correlationId: { location: '$message.header#/id' } })), 'safe', 'correlation-added'], // prettier-ignore
    ['a correlation id described', oneMessage('send', message({ correlationId: { location: '$message.payload#/id' } })), oneMessage('send', message({ correlationId: { location: '$message.payload#/id', description: 'x' } })), 'safe'], // prettier-ignore
    ['a correlation id by reference', oneMessage('send', message({ correlationId: { location: '$message.payload#/id' } })), { ...oneMessage('send', message({ correlationId: { $ref: '#/components/correlationIds/id' } })), components: { correlationIds: { id: { location: '$message.payload#/id' } } } }, 'safe'], // prettier-ignore
    ['another content type', oneMessage('send', message()), oneMessage('send', message({ contentType: 'text/plain' })), 'breaking', 'content-type-changed'], // prettier-ignore
    ['another charset', oneMessage('send', message({ contentType: 'text/plain; charset=utf-8' })), oneMessage('send', message({ contentType: 'text/plain; charset=utf-16' })), 'breaking', 'content-type-changed'], // prettier-ignore
    ...withId('an id of the schema stated', {}, PAYLOAD_ID, 'look', 'schema-id-changed'),
    ...withId('an id of the schema no longer stated', PAYLOAD_ID, {}, 'look', 'schema-id-changed'),
    ...withId(
      'an id of the schema elsewhere',
      PAYLOAD_ID,
      { schemaIdLocation: 'header' },
      'breaking',
      'schema-id-changed',
    ),
    ...withId('another encoding of the id of the schema', PAYLOAD_ID, { ...PAYLOAD_ID, schemaIdPayloadEncoding: '4' }, 'breaking', 'schema-id-changed'), // prettier-ignore
    ...withId('an encoding stated of the id of the schema', { schemaIdLocation: 'payload' }, PAYLOAD_ID, 'look', 'schema-id-changed'), // prettier-ignore
    ...withId('another encoding of an id in a header', { ...PAYLOAD_ID, schemaIdLocation: 'header' }, { schemaIdLocation: 'header' }, 'safe', 'document-changed'), // prettier-ignore
    ...withId('another strategy to find the schema', { schemaLookupStrategy: 'TopicIdStrategy' }, { schemaLookupStrategy: 'RecordIdStrategy' }, 'look', 'schema-id-changed'), // prettier-ignore
    ['an id of the schema elsewhere by a trait', trait('send', { T: KAFKA(PAYLOAD_ID) }), trait('send', { T: KAFKA({ ...PAYLOAD_ID, schemaIdLocation: 'header' }) }), 'breaking', 'schema-id-changed'], // prettier-ignore
    ['a text of another form', oneMessage('receive', message({ contentType: 'text/plain', payload: { type: 'string' } })), oneMessage('receive', message({ contentType: 'text/plain', payload: { type: 'string', pattern: '^[a-z]+$' } })), 'breaking', 'form-changed'], // prettier-ignore
    ['XML with a field required', oneMessage('receive', message({ contentType: 'application/xml' })), oneMessage('receive', message({ contentType: 'application/xml', payload: object({ id: { type: 'integer' }, n: {} }, ['id', 'n']) })), 'breaking', 'field-required'], // prettier-ignore
    [
      'any payload',
      oneMessage('receive', message({ payload: {} })),
      oneMessage('receive', message({ payload: true })),
      'safe',
    ],
    [
      'no payload',
      oneMessage('receive', message({ payload: true })),
      oneMessage('receive', message({ payload: false })),
      'breaking',
    ],
    ['an envelope', oneMessage('send', message()), oneMessage('send', message({ contentType: 'application/cloudevents+json' })), 'breaking', 'content-type-changed'], // prettier-ignore
    ['another kind of JSON', oneMessage('send', message()), oneMessage('send', message({ contentType: 'application/vnd.crate+json; charset=utf-8' })), 'safe'], // prettier-ignore
    ['another default content type', oneMessage('receive', message()), { ...oneMessage('receive', message()), defaultContentType: 'application/avro' }, 'breaking', 'content-type-changed'], // prettier-ignore
    ['another type in Avro, received', avro('receive', 'string'), avro('receive', 'int'), 'breaking', 'schema-language-changed'], // prettier-ignore
    ['another type in Avro, sent', avro('send', 'string'), avro('send', 'int'), 'breaking', 'schema-language-changed'],
    ['a wider type in Avro, received', avro('receive', 'int'), avro('receive', 'long'), 'safe'],
    ['a wider type in Avro, sent', avro('send', 'int'), avro('send', 'long'), 'breaking'],
    ['a field with a default in Avro', avro('receive', record([ID])), avro('receive', record([ID, { name: 'n', type: 'int', default: 0 }])), 'safe'], // prettier-ignore
    ['a field without one in Avro', avro('receive', record([ID])), avro('receive', record([ID, { name: 'n', type: 'int' }])), 'breaking'], // prettier-ignore
    ['a note in Avro, in another notation', avro('send', record([ID])), avro('send', { ...record([ID]), doc: 'A crate.' }, '+json'), 'safe'], // prettier-ignore
    ['a symbol more in Avro', avro('send', { type: 'enum', name: 'Kind', symbols: ['A'] }), avro('send', { type: 'enum', name: 'Kind', symbols: ['A', 'B'] }), 'breaking'], // prettier-ignore
    ['Avro that names a type of another file', avro('send', record([{ name: 'lid', type: 'Lid' }])), avro('send', record([{ name: 'lid', type: 'Box' }])), 'look'], // prettier-ignore
    ['another scale of a decimal in Avro', avro('receive', DECIMAL(2)), avro('receive', DECIMAL(4)), 'breaking', 'schema-language-changed'], // prettier-ignore
    ['another unit of a time in Avro', avro('send', record([TIME('millis')])), avro('send', record([TIME('micros')])), 'look', 'schema-language-changed'], // prettier-ignore
    ['a time that becomes a number in Avro', avro('send', record([TIME('millis')])), avro('send', record([{ name: 'at', type: 'long' }])), 'look', 'schema-language-changed'], // prettier-ignore
    ['a decimal as before in Avro', avro('receive', DECIMAL(2)), avro('receive', { ...DECIMAL(2), doc: 'A price.' }), 'safe', 'document-changed'], // prettier-ignore
    ['another type in Avro as text', avro('receive', JSON.stringify(record([ID]))), avro('receive', JSON.stringify(record([{ name: 'id', type: 'string' }]))), 'breaking', 'schema-language-changed'], // prettier-ignore
    ['Avro that becomes text', avro('receive', record([ID])), avro('receive', JSON.stringify(record([ID]))), 'safe', 'document-changed'], // prettier-ignore
    ['a field more in Avro, sent', avro('send', record([ID])), avro('send', record([ID, { name: 'n', type: 'int' }])), 'safe', 'schema-language-changed'], // prettier-ignore
    ['a field less in Avro, received', avro('receive', record([ID, { name: 'n', type: 'int' }])), avro('receive', record([ID])), 'safe', 'document-changed'], // prettier-ignore
    ['a symbol more in Avro, received', avro('receive', KIND('A')), avro('receive', KIND('A', 'B')), 'safe', 'schema-language-changed'], // prettier-ignore
    ['Protobuf, received', protobuf('receive', 'message Crate {}'), protobuf('receive', 'message Box {}'), 'look', 'schema-language-changed'], // prettier-ignore
    ['Protobuf, sent', protobuf('send', 'message Crate {}'), protobuf('send', 'message Box {}'), 'look', 'schema-language-changed'], // prettier-ignore
    ['examples', oneMessage('send', message()), oneMessage('send', message({ examples: [{ payload: { id: 1 } }], title: 'x', summary: 'y' })), 'safe'], // prettier-ignore
  ];
}

const headersOf = (properties: Json, required: readonly string[] = []): Json => ({ type: 'object', required, properties }); // prettier-ignore
const headers = (properties: Json, required: readonly string[] = []): Json => message({ headers: headersOf(properties, required) }); // prettier-ignore
const unnamed = (additionalProperties: Json): Json => message({ headers: { type: 'object', additionalProperties } });
const trait = (use: Use, traits: Json, own: Json = {}): Json => ({
  ...oneMessage(
    use,
    message({ traits: Object.keys(traits).map((name) => ({ $ref: `#/components/messageTraits/${name}` })), ...own }),
  ),
  components: { messageTraits: traits },
});
const withHeaders = inBothDirections((use, part) => oneMessage(use, part));

function headerPairs(): DocumentPair[] {
  const text = { type: 'string' };
  const H = (properties: Json, required: readonly string[] = []): Json => ({ headers: headersOf(properties, required) }); // prettier-ignore
  return [
    ...withHeaders('an optional header added', headers({}), headers({ a: text }), 'safe', 'safe'),
    ...withHeaders('a required header added', headers({}), headers({ a: text }, ['a']), 'breaking', 'safe', undefined),
    ...withHeaders('a required header that is added on sending', headers({}), headers({ a: { ...text, readOnly: true } }, ['a']), 'safe', 'safe'), // prettier-ignore
    ...withHeaders('a required header that is added on sending removed', headers({ a: { ...text, readOnly: true } }, ['a']), headers({}), 'safe', 'breaking'), // prettier-ignore
    ...withHeaders('a required header removed', headers({ a: text }, ['a']), headers({}), 'safe', 'breaking'),
    ...withHeaders('an optional header removed', headers({ a: text }), headers({}), 'safe', 'safe'),
    ...withHeaders('a header made optional', headers({ a: text }, ['a']), headers({ a: text }), 'safe', 'breaking', undefined), // prettier-ignore
    ...withHeaders('an integer written as digits', headers({ a: { type: 'string', pattern: '^\\d+$' } }), headers({ a: { type: 'integer', minimum: 0 } }), 'breaking', 'look'), // prettier-ignore
    ...withHeaders('another encoding', headers({ a: { type: 'integer' } }, ['a']), headers({ a: { type: 'integer', minimum: 0, maximum: 65535, 'x-encoding': 'uint16be' } }, ['a']), 'breaking', 'breaking'), // prettier-ignore
    ...withHeaders(
      'an integer read as text',
      headers({ a: { type: 'integer' } }),
      headers({ a: text }),
      'look',
      'breaking',
    ),
    ...withHeaders(
      'a text read as an integer',
      headers({ a: text }),
      headers({ a: { type: 'integer' } }),
      'breaking',
      'look',
    ),
    ...withHeaders('an integer whose rules are in parts', headers({ a: { type: 'integer', maximum: 9 } }), headers({ a: { allOf: [{ type: 'integer' }, { maximum: 9 }] } }), 'safe', 'safe'), // prettier-ignore
    ...withHeaders('an integer as the only choice', headers({ a: { type: 'integer', maximum: 9 } }), headers({ a: { oneOf: [{ type: 'integer', maximum: 9 }] } }), 'safe', 'safe'), // prettier-ignore
    ...withHeaders('integers by another schema', headers({ a: { type: 'integer' } }), headers({ a: { type: 'number', multipleOf: 1 } }), 'safe', 'safe'), // prettier-ignore
    ...withHeaders('a required header that is no longer described', headers({ a: text }, ['a']), headers({ b: text }, ['a']), 'safe', 'look'), // prettier-ignore
    ...withHeaders('a required header of a length that is no longer described', headers({ a: { ...text, maxLength: 9 } }, ['a']), headers({ b: text }, ['a']), 'safe', 'breaking'), // prettier-ignore
    ...withHeaders('a header required that is not described', headers({ b: text }), headers({ b: text }, ['a']), 'breaking', 'safe'), // prettier-ignore
    ...withHeaders('a header no longer required that is not described', headers({ b: text }, ['a']), headers({ b: text }), 'safe', 'breaking'), // prettier-ignore
    ...withHeaders('another header where one is not described', headers({ b: text }, ['a']), headers({ b: text, c: text }, ['a']), 'safe', 'safe'), // prettier-ignore
    ...withHeaders('a header required that other parts do not describe', { headers: { allOf: [headersOf({ b: text })] } }, { headers: { allOf: [headersOf({ b: text }, ['a'])] } }, 'breaking', 'safe'), // prettier-ignore
    ...withHeaders('one of two headers', { headers: { oneOf: [{ required: ['a'] }, { required: ['b'] }], properties: { a: text, b: text } } }, { headers: { anyOf: [{ required: ['a'] }, { required: ['b'] }], properties: { a: text, b: text } } }, 'safe', 'breaking'), // prettier-ignore
    ...(['oneOf', 'anyOf'] as const).flatMap((keyword) => {
      const one = (...alternatives: readonly Json[]): Json =>
        message({ headers: { type: 'object', [keyword]: alternatives } });
      const [a, b] = [headersOf({ a: text }, ['a']), headersOf({ b: { ...text, maxLength: 9 } }, ['b'])];
      const kind = (value: string, required: readonly string[] = []): Json => headersOf({ kind: { const: value }, n: { type: 'integer' } }, ['kind', ...required]); // prettier-ignore
      return [
        ...withHeaders(`an alternative removed of ${keyword}`, one(a, b), one(a), 'breaking', 'safe'),
        ...withHeaders(`alternatives in another order of ${keyword}`, one(a, b), one(b, a), 'safe', 'safe'),
        ...withHeaders(`a shorter header of ${keyword}`, one(a, b), one(a, headersOf({ b: { ...text, maxLength: 8 } }, ['b'])), 'breaking', 'safe'), // prettier-ignore
        ...withHeaders(`another type of a header of ${keyword}`, one(a, b), one(a, headersOf({ b: { type: 'integer' } }, ['b'])), 'breaking', 'breaking'), // prettier-ignore
        ...withHeaders(`a header required in an alternative of ${keyword}`, one(kind('x'), kind('y')), one(kind('x'), kind('y', ['n'])), 'breaking', 'safe'), // prettier-ignore
        ...withHeaders(`alternatives without descriptions of ${keyword}`, one({ required: ['a'] }, { required: ['b'] }), one({ required: ['a'] }), 'breaking', 'safe'), // prettier-ignore
      ];
    }),
    ...withHeaders(
      'a pattern',
      headers({ a: text }),
      headers({ a: { ...text, pattern: '^[a-z]+$' } }),
      'breaking',
      'safe',
    ),
    ...withHeaders('a maximum length', headers({ a: { ...text, maxLength: 9 } }, ['a']), headers({ a: { ...text, maxLength: 8 } }, ['a']), 'breaking', 'safe'), // prettier-ignore
    ...withHeaders('a value more', headers({ a: { enum: ['x'] } }), headers({ a: { enum: ['x', 'y'] } }), 'safe', 'breaking'), // prettier-ignore
    ...withHeaders('a value more of an open list', headers({ a: { enum: ['x'], 'x-open-enum': true } }), headers({ a: { enum: ['x', 'y'], 'x-open-enum': true } }), 'safe', 'safe'), // prettier-ignore
    ...withHeaders('a smaller range', headers({ a: { type: 'integer', maximum: 9 } }), headers({ a: { type: 'integer', maximum: 8 } }), 'breaking', 'safe'), // prettier-ignore
    ...withHeaders('fewer members', headers({ a: { ...text, 'x-max-members': 4 } }), headers({ a: { ...text, 'x-max-members': 3 } }), 'breaking', 'safe'), // prettier-ignore
    ...withHeaders('more members', headers({ a: { ...text, 'x-max-members': 3 } }), headers({ a: { ...text, 'x-max-members': 4 } }), 'safe', 'breaking'), // prettier-ignore
    ...withHeaders('headers of a pattern', message({ headers: { type: 'object', patternProperties: { '^x-': { type: 'string', maxLength: 8 } } } }), message({ headers: { type: 'object', patternProperties: { '^x-': { type: 'string', maxLength: 4 } } } }), 'look', 'safe'), // prettier-ignore
    ...withHeaders('another type of headers that are not named', unnamed({ type: 'string' }), unnamed({ type: 'integer' }), 'look', 'look', 'header-changed'), // prettier-ignore
    ...withHeaders('shorter headers that are not named', unnamed({ type: 'string', maxLength: 8 }), unnamed({ type: 'string', maxLength: 4 }), 'look', 'safe'), // prettier-ignore
    ...withHeaders('the same headers that are not named', unnamed({ type: 'string' }), unnamed({ type: 'string', description: 'x' }), 'safe', 'safe'), // prettier-ignore
    ...withHeaders('a header removed where others are forbidden', message({ headers: { type: 'object', properties: { a: text, b: text }, additionalProperties: false } }), message({ headers: { type: 'object', properties: { a: text }, additionalProperties: false } }), 'look', 'safe'), // prettier-ignore
    ...withHeaders('other headers forbidden', headers({ a: text }), message({ headers: { type: 'object', properties: { a: text }, additionalProperties: false } }), 'look', 'safe'), // prettier-ignore
    ['headers move to a trait', oneMessage('receive', headers({ a: text }, ['a'])), trait('receive', { T: H({ a: text }, ['a']) }), 'safe'], // prettier-ignore
    ['a trait requires a header', trait('receive', { T: H({ a: text }) }), trait('receive', { T: H({ a: text }, ['a']) }), 'breaking', 'header-required'], // prettier-ignore
    ['a later trait replaces required headers', trait('send', { T: H({ a: text }, ['a']), U: { headers: { properties: { b: text } } } }), trait('send', { T: H({ a: text }, ['a']), U: H({ b: text }, ['b']) }), 'breaking', 'header-required'], // prettier-ignore
    ['the message itself wins', trait('receive', { T: H({ a: { ...text, maxLength: 5 } }) }, H({ a: { maxLength: 9 } })), trait('receive', { T: H({ a: { ...text, maxLength: 4 } }) }, H({ a: { maxLength: 9 } })), 'safe'], // prettier-ignore
    ['traits in another order', trait('receive', { T: H({ a: { ...text, maxLength: 5 } }), U: H({ a: { maxLength: 9 } }) }), trait('receive', { U: H({ a: { maxLength: 9 } }), T: H({ a: { ...text, maxLength: 5 } }) }), 'breaking', 'header-changed'], // prettier-ignore
  ];
}

const key = (schema: Json | undefined): Json =>
  message(schema === undefined ? {} : { bindings: { kafka: { key: schema } } });
const withKeys = (name: string, before: Json | undefined, after: Json | undefined, receive: Expected, send: Expected): DocumentPair[] => withHeaders(name, { ...key(before), ...REQUIRED }, { ...key(after), ...REQUIRED }, receive, send); // prettier-ignore
const REQUIRED = { payload: object({ n: { type: 'integer' } }, ['n']) };
const UINT = { type: 'integer', minimum: 0, maximum: 4294967295 };

function keyPairs(): DocumentPair[] {
  return [
    ...withKeys('a key added', undefined, { type: 'string' }, 'breaking', 'safe'),
    ...withKeys('a key removed', { type: 'string' }, undefined, 'safe', 'breaking'),
    ...withKeys('another type', { type: 'string' }, { type: 'integer' }, 'breaking', 'breaking'),
    ...withKeys('another encoding', { ...UINT, 'x-encoding': 'text', 'x-key-field': 'id' }, { ...UINT, 'x-encoding': 'uint32le-padded', 'x-key-field': 'id' }, 'breaking', 'breaking'), // prettier-ignore
    ...withKeys('another field', { ...UINT, 'x-encoding': 'text', 'x-key-field': 'id' }, { ...UINT, 'x-encoding': 'text', 'x-key-field': 'n' }, 'breaking', 'breaking'), // prettier-ignore
    ...withKeys('a field named', { ...UINT, 'x-encoding': 'text' }, { ...UINT, 'x-encoding': 'text', 'x-key-field': 'n' }, 'breaking', 'safe'), // prettier-ignore
    ...withKeys('a text by another schema', { type: 'string', enum: ['a', 'b'] }, { anyOf: [{ const: 'a' }, { allOf: [{ enum: ['b'] }] }] }, 'safe', 'safe'), // prettier-ignore
    ...withKeys('null, which is no key', { type: 'string' }, { type: ['string', 'null'] }, 'safe', 'breaking'),
    ...withKeys('another of unknown encodings', { type: 'integer', 'x-encoding': 'int32be' }, { type: 'integer', 'x-encoding': 'int64be' }, 'breaking', 'breaking'), // prettier-ignore
    ...withKeys('another name of plain text', { type: 'string', 'x-encoding': 'uuid' }, { type: 'string' }, 'safe', 'safe'), // prettier-ignore
    ...withKeys('an optional field of a key added', object({}), object({ hall: { type: 'string' } }), 'safe', 'safe'),
    ...withKeys('a required field of a key added', object({}), object({ hall: { type: 'string' } }, ['hall']), 'breaking', 'safe'), // prettier-ignore
    ...withKeys('another type of a field of a key', object({ hall: { type: 'string' } }), object({ hall: { type: 'integer' } }), 'breaking', 'breaking'), // prettier-ignore
    ...withKeys('a field of a key added where others are allowed', object({}, [], { additionalProperties: true }), object({ hall: { type: 'string' } }), 'breaking', 'safe'), // prettier-ignore
    ...withKeys('a key added that may be null', undefined, { type: ['integer', 'null'] }, 'safe', 'safe'),
    ...withKeys('a text more, as a key', { type: 'integer' }, { type: ['integer', 'string'] }, 'look', 'breaking'),
    ...withKeys('a text less, as a key', { oneOf: [{ type: 'string' }, object({})] }, object({}), 'breaking', 'look'),
    ...withKeys('a text and null', { type: ['string', 'null'] }, { type: ['integer', 'null'] }, 'breaking', 'breaking'),
    ...withKeys('a pattern', { type: 'string' }, { type: 'string', pattern: '^[a-z]+$' }, 'breaking', 'safe'),
    ...withKeys('a pattern dropped', { type: 'string', pattern: '^[a-z]+$' }, { type: 'string' }, 'safe', 'breaking'),
    ...withKeys('a description', { type: 'string' }, { type: 'string', description: 'x', title: 'y' }, 'safe', 'safe'),
    ...withKeys(
      'the encoding that it had',
      { type: 'string' },
      { type: 'string', 'x-encoding': 'text' },
      'safe',
      'safe',
    ),
  ];
}

function operationPairs(): DocumentPair[] {
  const operations = (list: Json): Json => ({
    asyncapi: '3.0.0',
    info: { title: 'Depot', version: '1.0.0' },
    channels: { crates: { address: 'crates', messages: { A: TYPED('A'), B: TYPED('B') } }, answers: { address: 'answers', messages: { Yes: TYPED('Yes'), No: TYPED('No') } }, others: { address: 'others', messages: { Yes: TYPED('Yes'), No: TYPED('No') } } }, // prettier-ignore
    operations: list,
  });
  const receive = (change: Json = {}): Json => ({
    action: 'receive',
    channel: { $ref: '#/channels/crates' },
    ...change,
  });
  const send = (change: Json = {}): Json => ({ action: 'send', channel: { $ref: '#/channels/crates' }, ...change });
  const refs = (...names: string[]): Json => ({ messages: names.map((name) => ({ $ref: `#/channels/crates/messages/${name}` })) }); // prettier-ignore
  const reply = (name: string, ...names: string[]): Json => ({ reply: { channel: { $ref: `#/channels/${name}` }, ...(names.length > 0 && { messages: names.map((one) => ({ $ref: `#/channels/${name}/messages/${one}` })) }) } }); // prettier-ignore
  /** The service sends requests, and receives other messages on another channel than their replies. */
  const exchanged = (replies: string, others: string): Json =>
    operations({ one: send(reply(replies)), two: { action: 'receive', channel: { $ref: `#/channels/${others}` } } });
  const required = oneMessage('send', { payload: object({ n: { type: 'integer' } }, ['n']) });
  const { operations: _operations, ...optional } = oneMessage('send', message());
  const logins = (...types: readonly string[]): Json => ({ security: types.map((type) => ({ type })) });
  const PLAIN = logins('plain');
  const onServer = (list: Json): Json => ({ ...operations(list), servers: { main: { host: 'kafka:9092', protocol: 'kafka', ...PLAIN } } }); // prettier-ignore
  const flows = (...names: readonly string[]): Json => ({ security: [{ type: 'oauth2', flows: Object.fromEntries(names.map((name) => [name, {}])) }] }); // prettier-ignore
  const http = (scheme: Json): Json => ({ security: [{ type: 'http', ...scheme }] });
  const scoped = (...scopes: readonly string[]): Json => ({ security: [{ type: 'oauth2', flows: { implicit: {} }, scopes }] }); // prettier-ignore
  const client = (clientId: Json): Json => ({ bindings: { kafka: { clientId } } });
  const group = (groupId: Json): Json => ({ bindings: { kafka: { groupId } } });
  return [
    ['another id', operations({ one: receive() }), operations({ two: receive() }), 'safe'],
    ['an operation removed', operations({ one: receive(), two: send() }), operations({ one: receive() }), 'breaking', 'operation-removed'], // prettier-ignore
    ['an operation that receives removed', operations({ one: receive(), two: send() }), operations({ two: send() }), 'breaking', 'operation-removed'], // prettier-ignore
    ['no operation any more, and a field made optional', required, optional, 'breaking', 'field-required'],
    ['an operation added', operations({ one: receive() }), operations({ one: receive(), two: send() }), 'safe', 'operation-added'], // prettier-ignore
    ['an operation that receives added', operations({ two: send() }), operations({ one: receive(), two: send() }), 'safe', 'operation-added'], // prettier-ignore
    ['a message less, received', operations({ one: receive(refs('A', 'B')) }), operations({ one: receive(refs('A')) }), 'breaking', 'message-removed'], // prettier-ignore
    ['a message less, sent', operations({ one: send(refs('A', 'B')) }), operations({ one: send(refs('A')) }), 'breaking', 'message-removed'], // prettier-ignore
    ['a message more', operations({ one: receive(refs('A')) }), operations({ one: receive(refs('A', 'B')) }), 'safe'],
    ['one operation split in two', operations({ one: receive(refs('A', 'B')) }), operations({ one: receive(refs('A')), two: receive(refs('B')) }), 'safe'], // prettier-ignore
    ['another group', operations({ one: receive(group({ enum: ['a'] })) }), operations({ one: receive(group({ enum: ['b'] })) }), 'look', 'group-changed'], // prettier-ignore
    ['another client id', operations({ one: receive(client({ const: 'a' })) }), operations({ one: receive(client({ enum: ['b'] })) }), 'look', 'client-id-changed'], // prettier-ignore
    ['another client id, on sending', operations({ one: send(client({ const: 'a' })) }), operations({ one: send(client({ const: 'b' })) }), 'look', 'client-id-changed'], // prettier-ignore
    ['a client id more', operations({ one: receive(client({ const: 'a' })) }), operations({ one: receive(client({ enum: ['a', 'b'] })) }), 'safe'], // prettier-ignore
    ['no group any more', operations({ one: receive(group({ enum: ['a'] })) }), operations({ one: receive() }), 'safe'],
    ['another notation of the group', operations({ one: receive(group({ enum: ['a'] })) }), operations({ one: receive(group({ type: 'string', const: 'a', description: 'x' })) }), 'safe'], // prettier-ignore
    ['another variable of the group', operations({ one: receive(group({ enum: ['a'], 'x-env': 'A' })) }), operations({ one: receive(group({ enum: ['a'], 'x-env': 'B' })) }), 'look', 'group-changed'], // prettier-ignore
    ['a login required to send to the service', operations({ one: receive() }), operations({ one: receive(PLAIN) }), 'breaking', 'operation-security-changed'], // prettier-ignore
    ['a login required to read', operations({ one: send() }), operations({ one: send(PLAIN) }), 'breaking', 'operation-security-changed'], // prettier-ignore
    ['a login of an operation less', operations({ one: receive(logins('plain', 'X509')) }), operations({ one: receive(PLAIN) }), 'breaking', 'operation-security-changed'], // prettier-ignore
    ['a login of an operation more', operations({ one: receive(PLAIN) }), operations({ one: receive(logins('X509', 'plain')) }), 'safe', 'operation-security-changed'], // prettier-ignore
    ['a login no longer stated', operations({ one: receive(PLAIN) }), operations({ one: receive() }), 'safe', 'document-changed'], // prettier-ignore
    ['the login of the servers stated', onServer({ one: receive() }), onServer({ one: receive(PLAIN) }), 'safe', 'document-changed'], // prettier-ignore
    ['another login than that of the servers', onServer({ one: receive() }), onServer({ one: receive(logins('X509')) }), 'breaking', 'operation-security-changed'], // prettier-ignore
    ['a login moves to a trait', operations({ one: receive(PLAIN) }), operations({ one: receive({ traits: [PLAIN] }) }), 'safe', 'document-changed'], // prettier-ignore
    ['another login in a trait', operations({ one: receive({ traits: [PLAIN] }) }), operations({ one: receive({ traits: [logins('X509')] }) }), 'breaking', 'operation-security-changed'], // prettier-ignore
    ['a scope less', operations({ one: receive(scoped('read', 'write')) }), operations({ one: receive(scoped('write')) }), 'safe', 'document-changed'], // prettier-ignore
    ['a flow more', operations({ one: receive(flows('implicit')) }), operations({ one: receive(flows('password', 'implicit')) }), 'safe', 'operation-security-changed'], // prettier-ignore
    ['a flow less', operations({ one: receive(flows('implicit', 'password')) }), operations({ one: receive(flows('implicit')) }), 'breaking', 'operation-security-changed'], // prettier-ignore
    ['words about a scheme', operations({ one: receive(http({ scheme: 'bearer' })) }), operations({ one: receive(http({ scheme: 'Bearer', bearerFormat: 'JWT', 'x-owner': 'a' })) }), 'safe'], // prettier-ignore
    ['a scope more', operations({ one: receive(scoped('read')) }), operations({ one: receive(scoped('write', 'read')) }), 'breaking', 'operation-security-changed'], // prettier-ignore
    ['a reply removed', operations({ one: receive(reply('answers')) }), operations({ one: receive() }), 'breaking', 'reply-removed'], // prettier-ignore
    ['a reply to the service removed', operations({ one: send(reply('answers')) }), operations({ one: send() }), 'breaking', 'reply-removed'], // prettier-ignore
    ['a reply elsewhere', operations({ one: receive(reply('answers')), two: { action: 'send', channel: { $ref: '#/channels/others' } } }), operations({ one: receive(reply('others')), two: { action: 'send', channel: { $ref: '#/channels/answers' } } }), 'breaking', 'reply-changed'], // prettier-ignore
    [
      'a reply to the service elsewhere',
      exchanged('answers', 'others'),
      exchanged('others', 'answers'),
      'breaking',
      'reply-changed',
    ],
    ['a reply less', operations({ one: receive(reply('answers', 'Yes', 'No')) }), operations({ one: receive(reply('answers', 'Yes')) }), 'breaking', 'message-removed'], // prettier-ignore
    ['a reply added', operations({ one: receive() }), operations({ one: receive(reply('answers')) }), 'safe'],
    ['another location of the address', operations({ one: receive({ reply: { address: { location: '$message.header#/to' }, channel: { $ref: '#/channels/answers' } } }) }), operations({ one: receive({ reply: { address: { location: '$message.header#/for' }, channel: { $ref: '#/channels/answers' } } }) }), 'breaking', 'reply-changed'], // prettier-ignore
  ];
}

function serverPairs(): DocumentPair[] {
  const servers = (list: Json): Json => oneChannel('receive', { Crate: message() }, {}, { servers: list });
  const server = (change: Json = {}): Json => ({ main: { host: 'kafka:9092', protocol: 'kafka', ...change } });
  const REGISTRY = KAFKA({ schemaRegistryUrl: 'https://registry', schemaRegistryVendor: 'confluent' });
  const brokers = (host: string, list?: Json): Json => server({ host, ...(list && { variables: { list } }) });
  const onMain = (list: Json): Json => oneChannel('receive', { Crate: message() }, { servers: [{ $ref: '#/servers/main' }] }, { servers: list }); // prettier-ignore
  const regions = (region: readonly string[], port: readonly string[]): Json => server({ host: '{region}:{port}', variables: { region: { enum: region, default: region[0] }, port: { enum: port, default: port[0] } } }); // prettier-ignore
  const listed = (...hosts: readonly string[]): Json => Object.fromEntries(hosts.map((host) => [host.replace(':', ''), { host, protocol: 'kafka' }])); // prettier-ignore
  const variables = (port: Json): Json => server({ host: 'kafka:{port}', variables: { port } });
  return [
    ['a server added', servers(server()), servers({ ...server(), other: { host: 'b:1', protocol: 'kafka' } }), 'safe', 'server-added'], // prettier-ignore
    ['the only server removed', servers(server()), servers({}), 'look', 'server-removed'],
    ['a server removed', servers({ ...server(), other: { host: 'b:1', protocol: 'kafka' } }), servers(server()), 'breaking', 'server-removed'], // prettier-ignore
    ['another name', servers(server()), servers({ second: server()['main'] }), 'safe'],
    ['another host', servers(server()), servers(server({ host: 'other:9092' })), 'breaking', 'server-changed'],
    [
      'another protocol',
      servers(server()),
      servers(server({ protocol: 'kafka-secure' })),
      'breaking',
      'server-changed',
    ],
    ['a port becomes a variable', servers(server()), servers(variables({ default: '9092' })), 'safe'],
    ['another default', servers(variables({ default: '9092' })), servers(variables({ default: '9093' })), 'breaking', 'server-changed'], // prettier-ignore
    ['another default of listed values', servers(variables({ default: '1', enum: ['1', '2'] })), servers(variables({ default: '2', enum: ['1', '2'] })), 'look', 'server-variable-changed'], // prettier-ignore
    ['a value less', servers(variables({ default: '1', enum: ['1', '2'] })), servers(variables({ default: '1', enum: ['1'] })), 'breaking', 'server-variable-changed'], // prettier-ignore
    ['a value more', servers(variables({ default: '1', enum: ['1'] })), servers(variables({ default: '1', enum: ['1', '2'] })), 'safe'], // prettier-ignore
    ['another environment variable', servers(server({ 'x-env': 'A' })), servers(server({ 'x-env': 'B' })), 'breaking', 'server-variable-changed'], // prettier-ignore
    ['a login required', servers(server()), servers(server({ security: [{ type: 'plain' }] })), 'breaking', 'security-changed'], // prettier-ignore
    ['a login more', servers(server({ security: [{ type: 'plain' }] })), servers(server({ security: [{ type: 'plain' }, { type: 'scramSha256' }] })), 'safe'], // prettier-ignore
    ['a login less', servers(server({ security: [{ type: 'plain' }, { type: 'scramSha256' }] })), servers(server({ security: [{ type: 'scramSha256' }] })), 'breaking', 'security-changed'], // prettier-ignore
    ['another schema registry', servers(server(REGISTRY)), servers(server(KAFKA({ schemaRegistryUrl: 'https://other' }))), 'look', 'schema-registry-changed'], // prettier-ignore
    ['another vendor of the schema registry', servers(server(REGISTRY)), servers(server(KAFKA({ schemaRegistryUrl: 'https://registry', schemaRegistryVendor: 'apicurio' }))), 'look', 'schema-registry-changed'], // prettier-ignore
    [
      'a schema registry no longer stated',
      servers(server(REGISTRY)),
      servers(server()),
      'look',
      'schema-registry-changed',
    ],
    ['a schema registry stated', servers(server()), servers(server(REGISTRY)), 'safe', 'document-changed'],
    ['brokers in another order', servers(brokers('a:1,b:1')), servers(brokers('b:1, a:1')), 'safe', 'document-changed'],
    ['a broker more', servers(brokers('a:1,b:1')), servers(brokers('b:1,c:1,a:1')), 'safe', 'document-changed'],
    ['a broker less', servers(brokers('a:1,b:1')), servers(brokers('b:1')), 'look', 'server-changed'],
    [
      'a broker instead of another one',
      servers(brokers('a:1,b:1')),
      servers(brokers('b:1,c:1')),
      'look',
      'server-changed',
    ],
    ['other brokers', servers(brokers('a:1,b:1')), servers(brokers('c:1,d:1')), 'breaking', 'server-changed'],
    ['the brokers of a variable in another order', servers(brokers('{list}', { default: 'a:1,b:1' })), servers(brokers('{list}', { default: 'b:1,a:1' })), 'safe', 'document-changed'], // prettier-ignore
    ['the brokers of a value in another order', servers(brokers('{list}', { enum: ['a:1,b:1', 'c:1'], default: 'c:1' })), servers(brokers('{list}', { enum: ['c:1', 'b:1,a:1'], default: 'c:1' })), 'safe', 'document-changed'], // prettier-ignore
    ['brokers become servers', servers(brokers('a:1,b:1')), servers(listed('a:1', 'b:1')), 'safe'],
    ['servers become brokers', servers(listed('a:1', 'b:1')), servers(brokers('b:1,a:1')), 'safe', 'document-changed'],
    ['a channel that stays on one of the brokers', onMain(brokers('a:1,b:1')), onMain({ ...brokers('b:1,c:1'), other: { host: 'a:1', protocol: 'kafka' } }), 'safe'], // prettier-ignore
    ['a host in capitals', servers(server()), servers(server({ host: 'KAFKA:9092' })), 'safe'],
    ['addresses listed one by one', servers(regions(['eu', 'us'], ['1', '2'])), servers(listed('eu:1', 'eu:2', 'us:1', 'us:2')), 'safe'], // prettier-ignore
    ['addresses listed without one of them', servers(regions(['eu', 'us'], ['1', '2'])), servers(listed('eu:1', 'eu:2', 'us:1')), 'breaking', 'server-variable-changed'], // prettier-ignore
    ['a server removed that no channel is on', onMain({ ...server(), other: { host: 'b:1', protocol: 'kafka' } }), onMain(server()), 'safe'], // prettier-ignore
    ['a title', servers(server()), servers(server({ title: 'x', description: 'y' })), 'safe'],
  ];
}

/** Names that every object of JavaScript inherits. */
function inheritedNamePairs(): DocumentPair[] {
  return ['__proto__', 'constructor', 'toString', 'hasOwnProperty'].flatMap((name) => {
    // The validators ignore a schema of __proto__, so no record is found that they refuse.
    const refused = name === '__proto__' ? 'look' : 'breaking';
    const field = (type: string, isRequired = false): Json => ({ payload: object({ [name]: { type } }, isRequired ? [name] : []) }); // prettier-ignore
    const header = (maxLength: number, isRequired = false): Json => headers({ [name]: { type: 'string', maxLength } }, isRequired ? [name] : []); // prettier-ignore
    const traits = (maxLength: number): Json => message({ traits: [headers({ other: {} }), header(maxLength, true)] });
    return [
      ...withHeaders(`another type of ${name}`, field('string'), field('integer'), refused, refused, 'type-changed'),
      ...withHeaders(`${name} required`, field('string'), field('string', true), 'breaking', 'safe'),
      ...withHeaders(`${name} no longer required`, field('string', true), field('string'), 'safe', 'breaking'),
      ...withHeaders(`${name} removed`, field('string'), { payload: object({}) }, 'safe', 'safe'),
      ...withHeaders(`a header ${name} required`, header(9), header(9, true), 'breaking', 'safe'),
      ...withHeaders(`a shorter header ${name}`, header(9), header(8), refused, 'safe'),
      ...withHeaders(`a shorter header ${name} of a trait`, traits(9), traits(8), refused, 'safe'),
    ];
  });
}

/** All pairs, by what they are about. */
export const DOCUMENT_PAIRS: Readonly<Record<string, readonly DocumentPair[]>> = {
  channels: channelPairs(),
  messages: messagePairs(),
  'matching of messages': matchedMessagePairs(),
  'matching of channels': matchedChannelPairs(),
  'matching of operations': matchedOperationPairs(),
  'matching of servers': matchedServerPairs(),
  headers: headerPairs(),
  keys: keyPairs(),
  operations: operationPairs(),
  servers: serverPairs(),
  'names that objects inherit': inheritedNamePairs(),
};
