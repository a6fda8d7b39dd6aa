/** Pairs of documents in which channels, messages, operations or servers are renamed, split or joined. */
import { inBothDirections, object, oneChannel } from './documents.ts';
import type { DocumentPair, Expected, Json, Use } from './documents.ts';

const text = { type: 'string' };
const fields = (properties: Json, required: readonly string[] = []): Json => ({ type: 'object', required, properties });
const withPayloads = (payloads: Json): Json => Object.fromEntries(Object.entries(payloads).map(([name, payload]) => [name, { payload }])); // prettier-ignore
const messages = (name: string, use: Use, before: Json, after: Json, expected: Expected, rule?: string): DocumentPair => [name, oneChannel(use, withPayloads(before), {}), oneChannel(use, withPayloads(after), {}), expected, rule]; // prettier-ignore

export function matchedMessagePairs(): DocumentPair[] {
  const typed = (types: readonly string[], more: Json = {}): Json => fields({ type: { enum: types }, ...more }, ['type']); // prettier-ignore
  const [A, B] = [typed(['A']), typed(['B'], { n: { type: 'integer' } })];
  const joined = { oneOf: [A, B] };
  const [mail, why] = [fields({ mail: text }, ['mail']), fields({ why: text }, ['why'])];
  const [mailMore, whyMore] = [fields({ mail: text, x: text }, ['mail']), fields({ why: text, x: text }, ['why'])];
  const third = fields({ third: text }, ['third']);
  const mailOf = (form: Json): Json => fields({ mail: { ...text, ...form } }, ['mail']);
  const short = fields({ mail: { ...text, maxLength: 9 } }, ['mail']);
  const closed = (name: string, required: readonly string[] = [], more: Json = {}): Json => ({ ...fields({ name: text, [name]: text, ...more }, required), additionalProperties: false }); // prettier-ignore
  const [S, D] = [closed('mail'), closed('why')];
  const [strictMail, strictWhy] = [closed('mail', ['mail']), closed('why', ['why'])];
  const using = (use: Use, list: Json, names: readonly string[]): Json => oneChannel(use, list, {}, { operations: { use: { action: use, channel: { $ref: '#/channels/crates' }, messages: names.map((name) => ({ $ref: `#/channels/crates/messages/${name}` })) } } }); // prettier-ignore
  const handling = (list: Json, ...names: readonly string[]): Json => using('receive', list, names);
  const byHeader = (types: readonly string[]): Json => ({ A: { payload: fields({}), headers: typed(types) }, B: { payload: fields({}), headers: typed(['B']) } }); // prettier-ignore
  return [
    messages('renamed with a field more, received', 'receive', { S: mail, D: why }, { E: whyMore, T: mailMore }, 'safe'), // prettier-ignore
    messages('renamed with a field more, sent', 'send', { S: mail, D: why }, { S: whyMore, D: mailMore }, 'safe'),
    messages('renamed and narrower, received', 'receive', { S: mail, D: why }, { E: why, T: short }, 'breaking', 'length-changed'), // prettier-ignore
    messages('renamed and narrower, sent', 'send', { S: mail, D: why }, { E: why, T: short }, 'safe'),
    messages('renamed beyond recognition', 'send', { S: mail, D: why }, { S: mail, E: text }, 'breaking', 'type-changed'), // prettier-ignore
    messages('joined, received', 'receive', { A, B }, { J: joined }, 'safe'),
    messages('joined, sent', 'send', { A, B }, { J: joined }, 'safe'),
    messages('joined without one of them, received', 'receive', { A, B }, { J: { oneOf: [A] } }, 'breaking', 'alternatives-changed'), // prettier-ignore
    messages('joined without one of them, sent', 'send', { A, B }, { J: { oneOf: [A] } }, 'breaking', 'message-removed'), // prettier-ignore
    messages('joined with a type more, sent', 'send', { A, B }, { J: { oneOf: [A, B, typed(['C'])] } }, 'safe'),
    messages('joined with a required field, sent', 'send', { A, B }, { J: { oneOf: [typed(['A']), typed(['B'], { n: text })] } }, 'breaking', 'type-changed'), // prettier-ignore
    messages('joined where only payloads distinguish messages, received', 'receive', { S: mail, D: why, T: third }, { J: { oneOf: [why, mail] }, T: third }, 'safe'), // prettier-ignore
    messages('split where only payloads distinguish messages, received', 'receive', { S: mailOf({}), D: why }, { S: mailOf({ maxLength: 9 }), L: mailOf({ minLength: 10 }), D: why }, 'safe'), // prettier-ignore
    messages('joined where only closed payloads distinguish messages, sent', 'send', { S: strictMail, D: strictWhy }, { J: { oneOf: [strictMail, strictWhy] } }, 'safe'), // prettier-ignore
    messages('split where only closed payloads distinguish messages, received', 'receive', { J: { oneOf: [strictMail, strictWhy] } }, { S: strictMail, D: strictWhy }, 'safe'), // prettier-ignore
    ['split where only payloads distinguish messages, one with another key', oneChannel('receive', { S: { payload: mailOf({}) }, D: { payload: why } }), oneChannel('receive', { S: { payload: mailOf({ maxLength: 9 }) }, L: { payload: mailOf({ minLength: 10 }), bindings: { kafka: { key: text } } }, D: { payload: why } }), 'look'], // prettier-ignore
    messages('a part that is a whole payload, where only payloads distinguish messages', 'send', { S: mailOf({}), D: why }, { S: { allOf: [mailOf({})] }, D: { anyOf: [why] } }, 'safe'), // prettier-ignore
    messages('split with a gap, received', 'receive', { S: mailOf({}), D: why }, { S: mailOf({ maxLength: 9 }), L: mailOf({ minLength: 11 }), D: why }, 'breaking'), // prettier-ignore
    messages('joined where one fits the other, sent', 'send', { O: object({ a: text, n: text }), P: object({ a: text, n: text }, ['n']) }, { J: { anyOf: [object({ a: text, n: text }), object({ a: text, n: text }, ['n'])] } }, 'safe'), // prettier-ignore
    messages('one of several kinds gets a kind more, sent', 'send', { J: { oneOf: [typed(['A']), typed(['B'])] } }, { J: { oneOf: [typed(['A']), typed(['B']), typed(['C'])] } }, 'safe'), // prettier-ignore
    messages(
      'one of several kinds gets a kind less, received',
      'receive',
      { J: { oneOf: [typed(['A']), typed(['B'])] } },
      { J: { oneOf: [typed(['A'])] } },
      'breaking',
    ),
    messages('one of kinds that nothing distinguishes gets a kind more, sent', 'send', { J: { oneOf: [mail, why] } }, { J: { oneOf: [mail, why, third] } }, 'breaking', 'alternatives-changed'), // prettier-ignore
    messages('joined by a list of types, received', 'receive', { A, B }, { A: typed(['A', 'B'], { n: { type: 'integer' } }) }, 'safe'), // prettier-ignore
    messages('one more where only payloads distinguish messages, sent', 'send', { S: mail, D: why }, { S: mail, D: why, T: third }, 'look', 'message-added'), // prettier-ignore
    messages('split, received', 'receive', { J: joined }, { A, B }, 'safe'),
    messages('split, sent', 'send', { J: joined }, { A, B }, 'safe'),
    messages('split without one of them, received', 'receive', { J: joined }, { A, C: typed(['C']) }, 'breaking'),
    messages('split with a wider one, sent', 'send', { J: joined }, { A, B: typed(['B'], { n: text }) }, 'breaking'),
    ['split, one of them without an operation', oneChannel('receive', withPayloads({ J: joined })), handling(withPayloads({ A, B }), 'A'), 'breaking', 'message-removed'], // prettier-ignore
    ['an operation that uses an equal message', handling(withPayloads({ S: mail, T: mail, D: why }), 'S', 'D'), handling(withPayloads({ S: mail, T: mail, D: why }), 'T', 'D'), 'safe'], // prettier-ignore
    ['one more of the messages of a channel where only payloads distinguish them, sent', using('send', withPayloads({ S: mail, D: why }), ['S']), using('send', withPayloads({ S: mail, D: why }), ['S', 'D']), 'look', 'message-added'], // prettier-ignore
    ['a type that moves to a message without an operation', oneChannel('receive', withPayloads({ J: typed(['A', 'B']), C: typed(['C']) })), handling(withPayloads({ A, B, C: typed(['C']) }), 'A', 'C'), 'breaking', 'message-removed'], // prettier-ignore
    ['a type more in a header, sent', oneChannel('send', byHeader(['A'])), oneChannel('send', byHeader(['A', 'C'])), 'safe'], // prettier-ignore
    ['a type less in a header, received', oneChannel('receive', byHeader(['A', 'C'])), oneChannel('receive', byHeader(['A'])), 'breaking', 'header-changed'], // prettier-ignore
    messages('a type more of one message, sent', 'send', { A, B }, { A: typed(['A', 'C']), B }, 'safe'),
    messages('a type less of one message, received', 'receive', { A: typed(['A', 'C']), B }, { A, B }, 'breaking', 'values-changed'), // prettier-ignore
    messages('a field required of messages that overlap, sent', 'send', { S, D }, { S: closed('mail', ['mail']), D }, 'safe'), // prettier-ignore
    messages('a field more of messages that overlap, sent', 'send', { S, D }, { S, D: closed('why', [], { x: text }) }, 'safe'), // prettier-ignore
    messages('a field more of messages that overlap, received', 'receive', { S, D }, { S, D: closed('why', [], { x: text }) }, 'safe'), // prettier-ignore
    messages('messages that overlap now, sent', 'send', { S: closed('mail', ['mail']), D: closed('why', ['why']) }, { S: closed('mail', ['mail'], { why: text }), D: closed('why', ['why']) }, 'breaking', 'alternatives-changed'), // prettier-ignore
    messages('another value of messages that overlap, sent', 'send', { S, D }, { S: closed('mail', [], { mail: { type: 'integer' } }), D }, 'breaking'), // prettier-ignore
  ];
}

const crate = { payload: object({ n: { type: 'integer' }, hall: text, room: text }) };

/** A document with these channels, each with an operation of its own. */
function documentOf(use: Use, channels: Json, rest: Json = {}): Json {
  const operations = Object.keys(channels).map((key) => [`${use} ${key}`, { action: use, channel: { $ref: `#/channels/${key}` } }]); // prettier-ignore
  return { asyncapi: '3.0.0', info: { title: 'Depot', version: '1.0.0' }, channels, operations: Object.fromEntries(operations), ...rest }; // prettier-ignore
}
const both = inBothDirections(documentOf);
const channel = (address: string | null, list: Json = { Crate: crate }, rest: Json = {}): Json => ({ address, messages: list, ...rest }); // prettier-ignore
const hall = (parameter: Json, rest: Json = {}): Json => channel('crates.{hall}', { Crate: crate }, { parameters: { hall: parameter }, ...rest }); // prettier-ignore

export function matchedChannelPairs(): DocumentPair[] {
  const [north, south] = [channel('crates.north'), channel('crates.south')];
  const [A, B] = [{ payload: fields({ type: { const: 'A' } }, ['type']) }, { payload: fields({ type: { const: 'B' } }, ['type']) }]; // prettier-ignore
  const strict = { payload: fields({ type: { const: 'B' }, n: text }, ['type', 'n']) };
  const unused = (document: Json): Json => ({ ...document, channels: { ...(document['channels'] as Json), idle: channel('idle') } }); // prettier-ignore
  const withoutOperations = (...keys: readonly string[]): Json => ({ asyncapi: '3.0.0', info: { title: 'Depot', version: '1.0.0' }, channels: Object.fromEntries(keys.map((key) => [key, channel(key)])) }); // prettier-ignore
  const [one, other] = [{ $ref: '#/servers/one' }, { $ref: '#/servers/other' }];
  const servers = { servers: { one: { host: 'a:1', protocol: 'kafka' }, other: { host: 'b:1', protocol: 'kafka' } } };
  const on = (...list: readonly Json[]): Json => ({ c: channel('c', { Crate: crate }, list.length === 0 ? {} : { servers: list }) }); // prettier-ignore
  const config = (topicConfiguration: Json, message: Json = crate): Json => ({ c: channel('c', { Crate: message }, { bindings: { kafka: { topicConfiguration } } }) }); // prettier-ignore
  const keyed = { ...crate, bindings: { kafka: { key: { type: 'string' } } } };
  const short = { payload: { type: 'object', properties: { n: { type: 'integer' } } } };
  const replies = (key: string, requests: string, answer: Json = A): Json => ({ ...documentOf('receive', { [requests]: channel('requests') }), channels: { [requests]: channel('requests'), [key]: channel(null, { Answer: answer }) }, operations: { ask: { action: 'receive', channel: { $ref: `#/channels/${requests}` }, reply: { channel: { $ref: `#/channels/${key}` } } } } }); // prettier-ignore
  return [
    ...both('a parameter with one value becomes that value', { c: hall({ enum: ['north'] }) }, { c: north }, 'safe', 'safe'), // prettier-ignore
    ...both('a topic becomes a parameter with that value', { c: north }, { d: hall({ enum: ['north', 'south'] }) }, 'safe', 'look', undefined), // prettier-ignore
    ...both('a topic becomes a parameter without that value', { c: north }, { c: hall({ enum: ['south'] }) }, 'breaking', 'breaking', 'topic-changed'), // prettier-ignore
    ...both('a topic becomes a parameter with any value', { c: north }, { c: hall({}) }, 'safe', 'look'),
    ...both('a parameter with any value becomes one topic', { c: hall({}) }, { c: north }, 'breaking', 'breaking', 'topic-changed'), // prettier-ignore
    ...both('a parameter becomes channels', { c: hall({ enum: ['north', 'south'] }) }, { north, south }, 'safe', 'safe'), // prettier-ignore
    ...both('a parameter becomes fewer channels', { c: hall({ enum: ['north', 'south', 'west'], location: '$message.payload#/hall' }) }, { north, south }, 'breaking', 'breaking', 'topic-changed'), // prettier-ignore
    ...both('channels become a parameter', { north, south }, { c: hall({ enum: ['north', 'south'] }) }, 'safe', 'safe'), // prettier-ignore
    ...both('a parameter becomes channels with another payload', { c: hall({ enum: ['north', 'south'] }) }, { north, south: channel('crates.south', { Crate: { payload: object({ n: text }) } }) }, 'breaking', 'breaking', 'type-changed'), // prettier-ignore
    ...both('a value of a parameter becomes a channel', { c: hall({ enum: ['north', 'south'] }) }, { c: hall({ enum: ['north'] }), south }, 'safe', 'safe'), // prettier-ignore
    ...both('channels of one topic joined', { one: channel('c', { A }), other: channel('c', { B }) }, { one: channel('c', { A, B }) }, 'safe', 'safe'), // prettier-ignore
    ...both('channels of one topic joined without a message', { one: channel('c', { A }), other: channel('c', { B }) }, { one: channel('c', { A }) }, 'breaking', 'breaking', 'message-removed'), // prettier-ignore
    ...both('a channel split, with one topic', { c: channel('c', { A, B }) }, { one: channel('c', { A }), other: channel('c', { B }) }, 'safe', 'safe'), // prettier-ignore
    ...both('a channel split, with a field required', { c: channel('c', { A, B }) }, { one: channel('c', { A }), other: channel('c', { B: strict }) }, 'breaking', 'safe'), // prettier-ignore
    ['a channel without an address renamed', replies('answers', 'requests'), replies('replies', 'questions'), 'safe'],
    ['a channel without an address renamed, with another reply', replies('answers', 'requests'), replies('replies', 'requests', B), 'breaking', 'values-changed'], // prettier-ignore
    ['an operation that moves to an equal channel', documentOf('receive', { one: channel('c', { A }) }, { channels: { one: channel('c', { A }), other: channel('c', { A }) } }), documentOf('receive', { other: channel('c', { A }) }, { channels: { one: channel('c', { A }), other: channel('c', { A }) } }), 'safe'], // prettier-ignore
    ['a channel removed that no operation uses', unused(documentOf('send', { c: north })), documentOf('send', { c: north }), 'safe'], // prettier-ignore
    ['a channel removed where there is no operation', withoutOperations('one', 'two'), withoutOperations('one'), 'breaking', 'channel-removed'], // prettier-ignore
    ['a channel added where there is no operation', withoutOperations('one'), withoutOperations('one', 'two'), 'safe', 'channel-added'], // prettier-ignore
    ...both('a channel removed', { north, south }, { north }, 'breaking', 'breaking', 'channel-removed'),
    ...both('a channel added', { north }, { north, south }, 'safe', 'safe', 'channel-added'),
    ...both('another topic of a channel without messages', { c: { address: 'c' } }, { c: { address: 'd' } }, 'breaking', 'breaking', 'topic-changed'), // prettier-ignore
    ...both('another default of two listed values', { c: hall({ enum: ['a', 'b'], default: 'a' }) }, { c: hall({ enum: ['a', 'b'], default: 'b' }) }, 'safe', 'breaking'), // prettier-ignore
    ...both('a channel moved to another server', on(one), on(other), 'breaking', 'breaking', 'channel-servers-changed', servers), // prettier-ignore
    ...both('a channel on fewer servers', on(), on(other), 'breaking', 'breaking', 'channel-servers-changed', servers),
    ...both('a channel on more servers', on(one), on(other, one), 'safe', 'safe', undefined, servers),
    ...both('all servers of a channel named', on(), on(one, other), 'safe', 'safe', undefined, servers),
    ...both('compaction of records with keys', config({}, keyed), config({ 'cleanup.policy': ['compact'] }, keyed), 'look', 'look', 'cleanup-changed'), // prettier-ignore
    ...both('compaction instead of deletion, of records with keys', config({ 'cleanup.policy': ['delete'] }, keyed), config({ 'cleanup.policy': ['compact'] }, keyed), 'breaking', 'breaking', 'cleanup-changed'), // prettier-ignore
    ...both('compaction of records without keys', config({}), config({ 'cleanup.policy': ['compact', 'delete'] }), 'breaking', 'breaking', 'cleanup-changed'), // prettier-ignore
    ...both('compaction no longer named', config({ 'cleanup.policy': ['compact'] }), config({}), 'breaking', 'breaking', 'cleanup-changed'), // prettier-ignore
    ...both('the default policy named', config({}), config({ 'cleanup.policy': ['delete'] }), 'safe', 'safe'),
    ...both('a size of records named', config({}), config({ 'max.message.bytes': 5000 }), 'breaking', 'safe', undefined), // prettier-ignore
    ...both('a size that no record has', config({}, short), config({ 'max.message.bytes': 5000 }, short), 'look', 'safe'), // prettier-ignore
    ...both('the default size named', config({}), config({ 'max.message.bytes': 1_048_588 }), 'safe', 'safe'),
  ];
}

export function matchedOperationPairs(): DocumentPair[] {
  const [A, B] = [{ payload: fields({ type: { const: 'A' } }, ['type']) }, { payload: fields({ type: { const: 'B' } }, ['type']) }]; // prettier-ignore
  const operations = (list: Json): Json => ({ ...documentOf('receive', { c: channel('c', { A, B }) }), operations: list }); // prettier-ignore
  const handle = (group: string, ...names: readonly string[]): Json => ({ action: 'receive', channel: { $ref: '#/channels/c' }, messages: names.map((name) => ({ $ref: `#/channels/c/messages/${name}` })), bindings: { kafka: { groupId: { enum: [group] } } } }); // prettier-ignore
  const [one, other] = [handle('x', 'A', 'B'), handle('y', 'A', 'B')];
  return [
    ['operations with two groups renamed', operations({ a: one, b: other }), operations({ c: other, d: one }), 'safe'],
    ['one of two groups changed', operations({ a: one, b: other }), operations({ c: handle('z', 'A', 'B'), d: one }), 'look', 'group-changed'], // prettier-ignore
    ['operations joined', operations({ a: handle('x', 'A'), b: handle('y', 'B') }), operations({ a: one }), 'safe'],
    ['ids swapped with their groups', operations({ a: handle('x', 'A'), b: handle('y', 'B') }), operations({ a: handle('x', 'B'), b: handle('y', 'A') }), 'safe'], // prettier-ignore
  ];
}

export function matchedServerPairs(): DocumentPair[] {
  const pair = (name: string, before: Json, after: Json, expected: Expected, rule?: string): DocumentPair => [name, documentOf('receive', { c: channel('c') }, { servers: before }), documentOf('receive', { c: channel('c') }, { servers: after }), expected, rule]; // prettier-ignore
  const [a, b] = [{ host: 'a:1', protocol: 'kafka' }, { host: 'b:1', protocol: 'kafka-secure', security: [{ type: 'plain' }] }]; // prettier-ignore
  const variable = (host: string, variables: Json): Json => ({ main: { host, protocol: 'kafka', variables } });
  const port = { enum: ['1', '2'], default: '1' };
  return [
    pair('names swapped', { one: a, other: b }, { one: b, other: a }, 'safe'),
    pair('a variable renamed', variable('{h}:{p}', { h: { default: 'a' }, p: port }), variable('{host}:{port}', { host: { default: 'a' }, port }), 'safe'), // prettier-ignore
    pair('a variable renamed that loses a value', variable('a:{p}', { p: port }), variable('a:{port}', { port: { enum: ['1'], default: '1' } }), 'breaking', 'server-variable-changed'), // prettier-ignore
    pair('a variable with one value becomes that value', variable('a:{p}', { p: { enum: ['1'], default: '1' } }), { main: a }, 'safe'), // prettier-ignore
    pair('a variable with two values becomes one', variable('a:{p}', { p: port }), { main: a }, 'breaking', 'server-variable-changed'), // prettier-ignore
    pair('a variable with any value becomes one', variable('a:{p}', { p: { default: '1' } }), { main: a }, 'breaking', 'server-variable-changed'), // prettier-ignore
    pair('a server with two hosts becomes two', variable('{h}:1', { h: { enum: ['a', 'b'], default: 'a' } }), { one: a, other: { ...a, host: 'b:1' } }, 'safe'), // prettier-ignore
    pair('two servers become one with two hosts', { one: a, other: { ...a, host: 'b:1' } }, variable('{h}:1', { h: { enum: ['a', 'b'], default: 'a' } }), 'safe'), // prettier-ignore
    pair('the second of them requires a login', variable('{h}:1', { h: { enum: ['a', 'b'], default: 'a' } }), { one: a, other: { ...b, protocol: 'kafka' } }, 'breaking', 'security-changed'), // prettier-ignore
    pair('another default of two listed values', variable('a:{p}', { p: port }), variable('a:{p}', { p: { ...port, default: '2' } }), 'look', 'server-variable-changed'), // prettier-ignore
  ];
}
