/** Pairs of documents in which channels, messages, operations or servers are renamed, split or joined. */
import type { DocumentPair, Expected } from './document-pairs.ts';
import { oneChannel } from './documents.ts';
import type { Json, Use } from './documents.ts';

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
  const short = fields({ mail: { ...text, maxLength: 9 } }, ['mail']);
  const closed = (name: string, required: readonly string[] = [], more: Json = {}): Json => ({ ...fields({ name: text, [name]: text, ...more }, required), additionalProperties: false }); // prettier-ignore
  const [S, D] = [closed('mail'), closed('why')];
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
    messages('split, received', 'receive', { J: joined }, { A, B }, 'safe'),
    messages('split, sent', 'send', { J: joined }, { A, B }, 'safe'),
    messages('split without one of them, received', 'receive', { J: joined }, { A, C: typed(['C']) }, 'breaking'),
    messages('split with a wider one, sent', 'send', { J: joined }, { A, B: typed(['B'], { n: text }) }, 'breaking'),
    messages('a type more of one message, sent', 'send', { A, B }, { A: typed(['A', 'C']), B }, 'safe'),
    messages('a type less of one message, received', 'receive', { A: typed(['A', 'C']), B }, { A, B }, 'breaking', 'values-changed'), // prettier-ignore
    messages('a field required of messages that overlap, sent', 'send', { S, D }, { S: closed('mail', ['mail']), D }, 'safe'), // prettier-ignore
    messages('a field more of messages that overlap, sent', 'send', { S, D }, { S, D: closed('why', [], { x: text }) }, 'safe'), // prettier-ignore
    messages('a field more of messages that overlap, received', 'receive', { S, D }, { S, D: closed('why', [], { x: text }) }, 'safe'), // prettier-ignore
    messages('messages that overlap now, sent', 'send', { S: closed('mail', ['mail']), D: closed('why', ['why']) }, { S: closed('mail', ['mail'], { why: text }), D: closed('why', ['why']) }, 'breaking', 'alternatives-changed'), // prettier-ignore
    messages('another value of messages that overlap, sent', 'send', { S, D }, { S: closed('mail', [], { mail: { type: 'integer' } }), D }, 'breaking'), // prettier-ignore
  ];
}
