/** Which teams a finding breaks, by direction and by what the finding is about. */
import { describe, expect, it } from '@jest/globals';
import type { Team } from '../../src/diff/readers.ts';
import { compare, object, oneChannel, oneMessage } from './documents.ts';
import type { Json } from './documents.ts';

/** Returns the teams of each finding that is not safe, as `rule: team(field, field), team()`. */
function hits(before: Json, after: Json, teams: readonly Team[]): string[] {
  return compare(before, after, { teams }).findings.flatMap(({ rule, verdict, hits: found }) => {
    const names = found.map(({ team, fields }) => `${team}(${fields.join(', ')})`);
    return verdict === 'safe' ? [] : [`${rule}: ${names.join(', ')}`];
  });
}

const reads = (team: string, fields: readonly string[], headers: readonly string[] = [], rest: Partial<Team> = {}): Team => ({ team, reads: [{ message: 'Crate', fields, headers }], ...rest }); // prettier-ignore
const sends = (team: string, ...payloads: readonly unknown[]): Team => sendsRecords(team, ...payloads.map((payload) => ({ payload }))); // prettier-ignore
const sendsRecords = (team: string, ...records: readonly { readonly payload: unknown; readonly headers?: Json }[]): Team => ({ team, sends: [{ message: 'Crate', examples: records.map((record) => ({ summary: 'one', ...record })) }] }); // prettier-ignore

const text = { type: 'string' };
const integer = { type: 'integer' };
const body = (properties: Json, required: readonly string[] = Object.keys(properties)): Json => ({ payload: object({ body: { type: 'object', required, properties } }, ['body']) }); // prettier-ignore

describe('what the service sends breaks', () => {
  const before = oneMessage('send', body({ size: integer, lid: text }));

  it('readers of the field, of what it is in, and of what is in it', () => {
    const after = oneMessage('send', body({ size: integer, lid: integer }));
    const teams = [reads('lids', ['body.lid']), reads('sizes', ['body.size']), reads('wholes', ['body']), reads('parts', ['body.lid.colour'])]; // prettier-ignore
    expect(hits(before, after, teams)).toEqual(['type-changed: lids(body.lid), parts(body.lid.colour), wholes(body)']);
  });

  it('readers of a field that may be missing, except those that can do without it', () => {
    const after = oneMessage('send', body({ size: integer, lid: text }, ['size']));
    const teams = [reads('lids', ['body.lid']), reads('relaxed', ['body.lid?', 'body.size']), reads('wholes', ['body?'])]; // prettier-ignore
    expect(hits(before, after, teams)).toEqual(['field-required: lids(body.lid), wholes(body?)']);
  });

  it('readers of a field that may be null, except those that can do without it', () => {
    const after = oneMessage('send', body({ size: integer, lid: { type: ['string', 'null'] } }));
    expect(hits(before, after, [reads('lids', ['body.lid']), reads('relaxed', ['body.lid?'])])).toEqual([
      'type-changed: lids(body.lid)',
    ]);
  });

  it('readers of the items of a list', () => {
    const list = (id: Json) => oneMessage('send', body({ lids: { type: 'array', items: object({ 'a.b': id }, ['a.b']) } })); // prettier-ignore
    const teams = [reads('dots', [String.raw`body.lids[].a\.b`]), reads('ids', ['body.lids[].id']), reads('lists', ['body.lids'])]; // prettier-ignore
    expect(hits(list(integer), list(text), teams)).toEqual([
      String.raw`type-changed: dots(body.lids[].a\.b), lists(body.lids)`,
    ]);
  });

  it('no reader of an optional field that is removed, but needs a look if there is one', () => {
    const header = (name: string) => ({ headers: { type: 'object', properties: { [name]: text } } });
    const note = { type: 'object', properties: { text, lines: { type: 'array', items: text } } };
    const old = oneMessage('send', { ...body({ size: integer, note }, ['size']), ...header('port') });
    const after = oneMessage('send', { ...body({ size: integer }), ...header('gate') });
    const { findings } = compare(old, after, { teams: [reads('sizes', ['body.size'])] });
    expect(findings.filter(({ rule }) => rule === 'field-removed')).toMatchObject([
      { verdict: 'safe', pointer: '#/channels/crates/messages/Crate/payload/properties/body/properties/note' },
      { verdict: 'safe', pointer: '#/channels/crates/messages/Crate/headers/properties/port' },
    ]);
    const teams = [
      reads('sizes', ['body.size']),
      reads('lines', ['body.note.lines[]?']),
      reads('ports', [], ['port?']),
    ];
    expect(hits(old, after, teams)).toEqual([
      'field-removed: lines(body.note.lines[]?)',
      'field-removed: ports(port?)',
    ]);
  });

  it('strict readers, whatever they read', () => {
    const strict = [reads('readers', ['body.size']), reads('strict', ['body.size'], [], { reader: 'strict' })];
    const more = oneMessage('send', body({ size: integer, lid: text, weight: integer }));
    expect(hits(before, more, strict)).toEqual(['fields-closed: strict()']);
    const other = oneMessage('send', body({ size: integer, lid: integer }));
    expect(hits(before, other, strict)).toEqual(['type-changed: strict()']);
    const sender = { ...sends('senders', {}), reader: 'strict' as const };
    expect(hits(before, more, [sender])).toEqual([]);
  });

  it('all readers of a message that is removed, or whose payload is another one', () => {
    const two = (messages: Json) => oneChannel('send', { ...messages, Box: { payload: object({ kind: { const: 'box' } }, ['kind']) } }); // prettier-ignore
    const crate = { payload: object({ kind: { const: 'crate' }, size: integer }, ['kind', 'size']) };
    const others: Team = { team: 'others', reads: [{ message: 'Box', fields: ['id'] }] };
    const teams = [reads('crates', ['size'], ['port']), others];
    expect(hits(two({ Crate: crate }), two({}), teams)).toEqual(['message-removed: crates(size, port)']);
    const png = oneMessage('send', { ...body({ size: integer }), contentType: 'image/png' });
    expect(hits(before, png, [reads('sizes', ['body.size']), others])).toEqual(['content-type-changed: sizes(body.size)']); // prettier-ignore
  });

  it('readers of a message with another name, also if it is one of several that are one now', () => {
    const [crate, box] = [body({ size: integer }), { payload: object({ lid: text }, ['lid']) }];
    const both = oneChannel('send', { Crate: crate, Box: box });
    const teams = [reads('sizes', ['body.size'])];
    const renamed = oneChannel('send', {
      Case: body({ size: { ...integer, minimum: 0 }, lid: text }, ['size']),
      Chest: box,
    });
    expect(hits(both, renamed, teams)).toEqual([]);
    const wider = oneChannel('send', { Case: body({ size: text }), Box: box });
    expect(hits(both, wider, teams)).toEqual(['type-changed: sizes(body.size)']);
    const narrow = oneChannel('send', { Crate: { payload: object({ kind: { const: 'crate' }, size: integer }, ['kind', 'size']) }, Box: { payload: object({ kind: { const: 'box' } }, ['kind']) } }); // prettier-ignore
    const joined = oneMessage('send', { payload: { oneOf: [object({ kind: { const: 'crate' }, size: text }, ['kind', 'size']), object({ kind: { const: 'box' } }, ['kind'])] } }); // prettier-ignore
    const renamedJoined: Json = JSON.parse(JSON.stringify(joined).replaceAll('Crate', 'Any')) as Json;
    expect(hits(narrow, renamedJoined, [reads('sizes', ['size'])])).toEqual(['type-changed: sizes(size)']);
  });

  it('strict readers of a type that is new to them', () => {
    const typed = (types: readonly string[]): Json => oneMessage('send', { payload: object({ kind: { enum: types } }, ['kind']) }); // prettier-ignore
    const two = (types: readonly string[]): Json => oneChannel('send', { Crate: { payload: object({ kind: { enum: types } }, ['kind']) }, Box: { payload: object({ kind: { const: 'box' } }, ['kind']) } }); // prettier-ignore
    const strict = { ...reads('strict', ['id']), reader: 'strict' as const };
    expect(hits(two(['a']), two(['a', 'b']), [reads('relaxed', ['id']), strict])).toEqual([
      'values-changed: strict(kind)',
    ]);
    expect(hits(typed(['a']), typed(['a', 'b']), [reads('ids', ['kind'])])).toEqual(['values-changed: ids(kind)']);
  });

  it('readers of the payload, if nothing of it is accepted', () => {
    const after = oneMessage('send', { payload: { type: 'array' } });
    const teams = [reads('sizes', ['body.size'], ['port'])];
    expect(hits(before, after, teams)).toEqual(['type-changed: sizes(body.size)']);
  });

  it('readers of a channel with a new message, if they are strict or do not distinguish messages', () => {
    const message = (kind: string): Json => ({ payload: object({ kind: { const: kind } }, ['kind']) });
    const channel = (...kinds: readonly string[]) =>
      oneChannel('send', {
        Crate: message('crate'),
        ...Object.fromEntries(kinds.map((kind) => [kind, message(kind)])),
      });
    const teams = [reads('readers', ['id']), reads('strict', ['id'], [], { reader: 'strict' })];
    expect(hits(channel('box'), channel('box', 'egg'), teams)).toEqual(['message-added: strict()']);
    expect(hits(channel(), channel('egg'), teams)).toEqual(['message-added: readers(), strict()']);
  });

  it('readers of what distinguishes messages, without a declaration', () => {
    const two = (required: readonly string[]) => oneChannel('send', {
      Crate: { payload: object({ kind: { const: 'crate' } }, required) },
      Box: { payload: object({ kind: { const: 'box' } }, ['kind']) },
    }); // prettier-ignore
    expect(hits(two(['kind']), two([]), [reads('crates', ['id'])])).toContain('field-required: crates(kind)');
  });

  it('readers of the header, except those that can do without it', () => {
    const headers = (rest: Json) => oneMessage('send', { ...body({ size: integer }), headers: { type: 'object', properties: { port: text, tug: text }, ...rest } }); // prettier-ignore
    const teams = [reads('ports', [], ['port']), reads('relaxed', [], ['port?']), reads('tugs', ['id'], ['tug'])];
    const [all, less] = [headers({ required: ['port', 'tug'] }), headers({ required: ['tug'] })];
    expect(hits(all, less, teams)).toEqual(['header-required: ports(port)']);
  });

  it('readers of the message, by its key', () => {
    const keyed = (key: Json) => oneMessage('send', { ...body({ size: integer }), bindings: { kafka: { key } } });
    const teams = [reads('crates', ['body.size']), sends('senders', { id: 1 })];
    expect(hits(keyed({ type: 'string', maxLength: 3 }), keyed({ type: 'string', maxLength: 4 }), teams)).toEqual([
      'key-changed: crates()',
    ]);
  });
});

describe('what the service receives breaks', () => {
  const before = oneMessage('receive', body({ size: { type: 'integer', maximum: 9 }, lid: text }, []));
  const teams = [sends('lids', { id: 1, body: { lid: 'oak' } }), sends('sizes', { id: 1, body: { size: 1 } }), reads('readers', ['body.size'])]; // prettier-ignore

  it('teams that send the field', () => {
    const after = oneMessage('receive', body({ size: { type: 'integer', maximum: 8 }, lid: text }, []));
    expect(hits(before, after, teams)).toEqual(['range-changed: sizes(body.size)']);
  });

  it('teams whose examples do not all have a field that is required', () => {
    const after = oneMessage('receive', body({ size: { type: 'integer', maximum: 9 }, lid: text }, ['size']));
    const both = sends('both', { id: 1, body: { size: 1 } }, { id: 1, body: {} });
    expect(hits(before, after, [...teams, both])).toEqual(['field-required: both(), lids()']);
  });

  it('teams that send a field which is no longer accepted', () => {
    const payload = object({ body: { type: 'object', properties: { size: { type: 'integer', maximum: 9 } }, additionalProperties: false } }, ['body']); // prettier-ignore
    expect(hits(before, oneMessage('receive', { payload }), teams)).toEqual(['fields-closed: lids(body.lid)']);
  });

  it('teams by the headers of their examples', () => {
    const headers = (rest: Json) => oneMessage('receive', { ...body({ size: integer }), headers: { type: 'object', properties: { port: { type: 'string', maxLength: 9 } }, ...rest } }); // prettier-ignore
    const senders = [sendsRecords('ports', { payload: {}, headers: { port: 'Kiel' } }), sendsRecords('others', { payload: {} })]; // prettier-ignore
    expect(hits(headers({}), headers({ required: ['port'] }), senders)).toEqual(['header-required: others()']);
    const narrow = headers({ properties: { port: { type: 'string', maxLength: 8 } } });
    expect(hits(headers({}), narrow, senders)).toEqual(['header-changed: ports(port)']);
  });

  it('all senders of the message, by its key or if it is removed', () => {
    const crate = { payload: object({ kind: { const: 'crate' } }, ['kind']) };
    const box = { payload: object({ kind: { const: 'box' } }, ['kind']) };
    const senders = [sends('crates', { id: 1, kind: 'crate' }), { team: 'boxes', sends: [{ message: 'Box', examples: [] }] }]; // prettier-ignore
    const two = oneChannel('receive', { Crate: crate, Box: box });
    expect(hits(two, oneChannel('receive', { Box: box }), senders)).toEqual(['message-removed: crates(id, kind)']);
    const keyed = oneMessage('receive', { ...crate, bindings: { kafka: { key: text } } });
    expect(hits(oneMessage('receive', crate), keyed, senders)).toEqual(['key-added: crates()']);
  });

  it('teams that send what was skipped, if it is refused', () => {
    const crate = { payload: object({ kind: { const: 'crate' } }, ['kind']) };
    const channel = (rest: Json) => oneChannel('receive', { Crate: crate, Box: { payload: object({ kind: { const: 'box' } }, ['kind']) } }, rest); // prettier-ignore
    const skipped: Team = { team: 'strangers', sends: [{ channel: 'crates', outcome: 'skipped', examples: [{ summary: 'one', payload: { kind: 'egg' } }] }] }; // prettier-ignore
    const change = [channel({ 'x-unknown-types': 'skip' }), channel({})] as const;
    expect(hits(...change, [sends('crates', {}), skipped])).toEqual(['unknown-types-refused: strangers()']);
  });
});

describe('a channel or server breaks', () => {
  const crate = { payload: object({ size: integer }) };
  const teams = [reads('readers', ['size']), sends('senders', { id: 1 }), { team: 'others', reads: [{ message: 'Egg', channel: 'eggs' }] }]; // prettier-ignore
  const partitions = (use: 'receive' | 'send', count: number) => oneChannel(use, { Crate: { ...crate, bindings: { kafka: { key: text } } } }, { bindings: { kafka: { partitions: count } } }); // prettier-ignore

  it('the teams that use the channel in this direction', () => {
    expect(hits(partitions('send', 2), partitions('send', 3), teams)).toEqual(['partitions-changed: readers()']);
    expect(hits(partitions('receive', 2), partitions('receive', 3), teams)).toEqual(['partitions-changed: senders()']);
    const empty = { ...partitions('send', 2), channels: {}, operations: {} };
    expect(hits(partitions('send', 2), empty, teams)).toEqual(['channel-removed: readers()']);
  });

  it('all teams, for a server', () => {
    const server = (host: string): Json => ({
      ...partitions('send', 2),
      servers: { main: { host, protocol: 'kafka' } },
    });
    const http: Team = { team: 'http' };
    expect(hits(server('a:9092'), server('b:9092'), [...teams, http])).toEqual(['server-changed: others(), readers(), senders()']); // prettier-ignore
  });

  it('teams that send requests and read their replies', () => {
    const document = (reply: Json): Json => ({
      ...oneChannel('receive', { Crate: crate }),
      channels: {
        crates: { address: 'crates', messages: { Crate: crate } },
        replies: { address: 'replies', messages: { Stored: crate } },
      },
      operations: { store: { action: 'receive', channel: { $ref: '#/channels/crates' }, ...reply }, send: { action: 'send', channel: { $ref: '#/channels/replies' } } }, // prettier-ignore
    });
    const asker: Team = { ...sends('askers', { id: 1 }), reads: [{ message: 'Stored', fields: ['id'] }] };
    const reader: Team = { team: 'readers', reads: [{ message: 'Stored', fields: ['id'] }] };
    const change = [document({ reply: { channel: { $ref: '#/channels/replies' } } }), document({})] as const;
    expect(hits(...change, [sends('senders', { id: 1 }), asker, reader])).toEqual(['reply-removed: askers()']);
  });
});

it('finds what has another name in the other version, and ignores what neither version has', () => {
  const old = oneMessage('send', { payload: object({ size: integer }, ['size']) });
  const now: Json = { ...old, channels: { boxes: { address: 'crates', messages: { Box: { payload: object({ size: text }, ['size']) } } } }, operations: { use: { action: 'send', channel: { $ref: '#/channels/boxes' } } } }; // prettier-ignore
  const boxes: Team = { team: 'boxes', reads: [{ message: 'Box', channel: 'boxes', fields: ['size'] }] };
  const nothing: Team = { team: 'nothing', reads: [{ message: 'Egg', fields: ['size'] }] };
  expect(hits(old, now, [reads('crates', ['size']), boxes, nothing])).toEqual(['type-changed: boxes(size), crates(size)']); // prettier-ignore
});
