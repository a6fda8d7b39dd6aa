/** What the generator makes of each ability of AsyncAPI: small documents, one for several abilities, in both roles. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Role } from '../src/shape.ts';
import { breaches } from './breaches.ts';
import { casesOf, decodedOf, encoded, givenKey } from './cases.ts';
import { run } from './command.ts';
import { generated, removeGenerated } from './rendered.ts';
import type { Generated, KafkaRecord, Value } from './rendered.ts';

const require = createRequire(import.meta.url);
const ROLES: readonly Role[] = ['service', 'client'];

afterAll(removeGenerated);

const json = (value: unknown, headers: Record<string, string | Buffer> = {}): KafkaRecord => ({
  key: null,
  value: Buffer.from(JSON.stringify(value)),
  headers,
});

const isObject = (value: unknown): value is Value =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What every document must do, whatever it is about. */
function behavesAsDescribed(result: () => Generated): void {
  it('accepts every example, and gives its value and headers back', () => {
    const cases = casesOf(result());
    expect(cases.length).toBeGreaterThan(0);
    // A message without examples would not be tested.
    const untested = result().examples.filter(({ examples, channel }) => examples.length === 0 && channel !== 'mixed');
    expect(untested).toEqual([]);
    for (const one of cases) {
      const { channel, message, binding, payload } = one;
      expect([channel.name, binding.check?.(payload)]).toEqual([channel.name, undefined]);
      const decoded = binding.decode(encoded(one));
      expect([message.component, decoded]).toEqual([message.component, decodedOf(one)]);
    }
  });

  it('refuses an example without a required field, and with another type', () => {
    const { role } = result();
    for (const { channel, message, binding, payload, headers } of casesOf(result())) {
      for (const { what, value } of channel.format === 'json' ? breaches(message.payload, payload) : []) {
        const where = `${channel.name} ${message.component}: ${what}`;
        const record = { ...json(value), headers: binding.encode(payload, headers, givenKey(channel)).headers ?? {} };
        const { kind, pointer } = binding.decode(record);
        // A client skips what is none of the messages that it knows.
        const isOtherThanAll = !isObject(value) && channel.messages.every(({ payload: { type } }) => type === 'object');
        const isSkipped = role === 'client' && channel.apart.by === 'trial' && !isOtherThanAll;
        expect([where, kind, typeof pointer]).toEqual(
          isSkipped ? [where, 'skip', 'undefined'] : [where, 'invalid', 'string'],
        );
        expect([where, typeof binding.check?.(value)?.sentence]).toEqual([where, 'string']);
        if (role === 'client')
          expect(() => binding.encode(value, headers, givenKey(channel))).toThrow('of the message is not valid');
      }
    }
  });

  it('refuses an example without a required header', () => {
    const { role, contract } = result();
    for (const one of casesOf(result())) {
      const { channel, message, binding, payload, headers } = one;
      const record = encoded(one);
      const names = channel.headerSets.find(({ typeName }) => typeName === message.headerSet)?.traits ?? [];
      const traits = contract.traits.filter(({ typeName }) => names.includes(typeName));
      for (const { name } of traits.flatMap((trait) => trait.headers.filter(({ required }) => required))) {
        const { [name]: _, ...rest } = record.headers ?? {};
        const invalid = { kind: 'invalid', code: 'INVALID_HEADERS', pointer: `/${name}` };
        expect([message.component, binding.decode({ ...record, headers: rest })]).toEqual([
          message.component,
          expect.objectContaining(invalid),
        ]);
        if (role === 'client' && channel.format === 'json') {
          const { [name]: __, ...others } = headers;
          expect(() => binding.encode(payload, others, givenKey(channel))).toThrow(
            'The headers of the message are not valid',
          );
        }
      }
    }
  });

  it('accepts an unknown field, except in what the service sends', () => {
    const { role } = result();
    for (const { channel, message, binding, payload, headers } of casesOf(result())) {
      if (channel.format !== 'json' || !isObject(payload)) continue;
      const more = { ...payload, 'a new field': 'x' };
      const record = { ...json(more), headers: binding.encode(payload, headers, givenKey(channel)).headers ?? {} };
      const isOpen = OPEN.has(channel.name);
      const isMap = MAPS.has(channel.name);
      const isAccepted = isOpen || SHARED.has(message.payloadType) || (!isMap && channel.direction !== 'send');
      // If only the validators distinguish values, none accepts it.
      const pointer = channel.apart.by === 'trial' ? '' : '/a new field';
      expect([channel.name, binding.decode(record).kind]).toEqual([channel.name, isAccepted ? 'message' : 'invalid']);
      expect([channel.name, binding.check?.(more)?.pointer]).toEqual([channel.name, isAccepted ? undefined : pointer]);
      if (role === 'client' && !isAccepted)
        expect(() => binding.encode(more, headers, givenKey(channel))).toThrow(`not valid: ${pointer || 'it'} `);
    }
  });
}

/** Channels whose messages may have any fields by their schema, and those whose further fields have another type than text. */
const OPEN = new Set(['remarks', 'details', 'anything']);
const MAPS = new Set(['maps']);
/** What a channel sends, and another one of the document receives. */
const SHARED = new Set(['Weather']);

type Detail = (result: Generated, role: Role) => void | Promise<void>;

const message = (value: unknown, headers: Value = {}) => ({ kind: 'message', message: value, headers });
const invalid = (pointer: string, sentence: string) => expect.objectContaining({ kind: 'invalid', pointer, sentence });

/** What is special about a document. */
const DETAILS: Readonly<Record<string, Readonly<Record<string, Detail>>>> = {
  'observatory.yaml': {
    'keeps the fields of maps and free objects': ({ channel }) => {
      const free = { any: { thing: [1, null, 'two'] } };
      expect(channel('remarks').decode(json(free))).toEqual(message(free));
      expect(channel('remarks').encode(free).value?.toString()).toBe(JSON.stringify(free));
      expect(channel('maps').encode({ red: 1, 'dark blue': 2 }).value?.toString()).toBe('{"red":1,"dark blue":2}');
      expect(channel('maps').check!({ red: 'much' })).toEqual({ pointer: '/red', sentence: 'must be integer' });
      const detail = { id: 1, free: {}, n_weight: 2, note: 'x' };
      expect(channel('details').decode(json(detail))).toEqual(message(detail));
      expect(channel('details').decode(json({ ...detail, n_weight: 'x' })).pointer).toBe('/n_weight');
      expect(channel('details').decode(json({ ...detail, note: 1 })).pointer).toBe('/note');
    },
    'checks the parts of an allOf, and the fields of both': ({ channel }) => {
      const { check } = channel('sightings');
      expect(check!({ at: '2031-05-01T22:10:00Z', magnitude: 1, by: null })).toBeUndefined();
      expect(check!({ at: 'yesterday', magnitude: 1 })).toMatchObject({ pointer: '/at' });
      expect(check!({ at: '2031-05-01T22:10:00Z', magnitude: 1, colors: { red: 'x' } })).toMatchObject({
        pointer: '/colors/red',
      });
    },
    'reads plain values, and no other ones': ({ channel }) => {
      expect(channel('starName').decode(json('De'))).toEqual(invalid('', 'must have at least 3 characters'));
      expect(channel('brightness').decode(json(41))).toEqual(invalid('', 'must be <= 40'));
      expect(channel('spectrum').decode(json([]))).toEqual(invalid('', 'must have at least 1 items'));
      expect(channel('spectrum').decode(json([1, 'x']))).toEqual(invalid('/1', 'must be integer'));
      expect(channel('silence').decode(json(0))).toEqual(invalid('', 'must be null'));
      expect(channel('silence').decode({ key: null, value: null })).toEqual(invalid('', 'the record has no value'));
      for (const value of [null, 'x', { a: [] }])
        expect(channel('anything').decode(json(value))).toEqual(message(value));
    },
    'follows a recursive schema': ({ channel }) => {
      const { decode } = channel('catalog');
      const deep = { name: 'a', groups: [{ name: 'b', groups: [{ name: 'c' }] }] };
      expect(decode(json(deep))).toEqual(message(deep));
      expect(decode(json({ name: 'a', groups: [{ name: 'b', groups: [{ name: 3 }] }] }))).toEqual(
        invalid('/groups/0/groups/0/name', 'must be string'),
      );
      expect(decode(json({ name: 'a', parent: { name: 'b', parent: {} } }))).toEqual(
        invalid('/parent/parent/name', 'is required'),
      );
    },
    'checks formats, and refuses integers that JavaScript would round': ({ channel, examples }) => {
      const { decode } = channel('formats');
      const valid = examples.find((list) => list.channel === 'formats')?.examples[0]?.payload as Value;
      const wrong: [string, unknown][] = [
        ['at', '2031-05-01'],
        ['day', 'today'],
        ['mail', 'ada'],
        ['link', 'no address'],
        ['id', '083839c6'],
        ['small', 2147483648],
        ['small', -2147483649],
        ['large', 1.5],
        ['exact', '1.5'],
      ];
      for (const [field, value] of wrong) {
        expect([field, decode(json({ ...valid, [field]: value }))]).toMatchObject([
          field,
          { kind: 'invalid', pointer: `/${field}` },
        ]);
      }
      const text = JSON.stringify(valid).replace('9007199254740991', '9007199254740993');
      expect(text).toContain('9007199254740993');
      expect(decode({ key: null, value: Buffer.from(text) })).toEqual(invalid('/large', 'must be <= 9007199254740991'));
    },
    'throws a ContractFault in a client that sends what is not valid': async ({ channel, load }, role) => {
      const { ContractFault } = (await load('index.js')) as { ContractFault: new () => Error };
      if (role === 'service') return;
      const encode = () => channel('plans').encode({ at: '2031-05-01T22:10:00Z', dome: 'open' });
      expect(encode).toThrow(ContractFault);
      expect(encode).toThrow('The payload of the message is not valid: /dome must be boolean');
    },
  },
  'orchard.yaml': {
    'notes what is bytes in code': ({ notes }) => {
      expect(notes).toEqual([
        expect.stringMatching(
          /^orchard\.yaml: line \d+ \(#\/channels\/juice\/messages\/Juice\) has a schema in application\/vnd\.apache\.avro/,
        ),
        expect.stringMatching(
          /^orchard\.yaml: line \d+ \(#\/channels\/mixed\) has messages of several formats, so their values are bytes/,
        ),
      ]);
    },
    'carries text and bytes as they are': ({ channel }) => {
      const bytes = Buffer.from([0, 255, 128]);
      for (const name of ['barrels', 'juice', 'mixed']) {
        const record = channel(name).encode({ key: Buffer.from('k'), value: bytes, headers: { a: 'b' } }, {});
        expect(record).toEqual({ key: Buffer.from('k'), value: bytes, headers: { a: 'b' } });
        expect(channel(name).decode(record)).toEqual(message(bytes));
      }
      const { decode, check } = channel('labels');
      expect(decode({ key: null, value: bytes, headers: { shelf: 'a' } })).toEqual(
        invalid('', 'the value is not UTF-8'),
      );
      expect(decode({ key: null, value: Buffer.from('x'), headers: {} })).toEqual(
        invalid('/shelf', 'is missing from the headers'),
      );
      expect(check!(3)).toEqual({ pointer: '', sentence: 'the value must be text' });
    },
    'makes topics of addresses with parameters, and knows them': ({ channel }) => {
      const { topicOf, pattern, address } = channel('picked');
      expect(address).toBe('orchard.{row}.picked-{tree-id}');
      expect(topicOf!({ row: '3', 'tree-id': 'x' })).toBe('orchard.3.picked-x');
      expect(pattern!.exec('orchard.3.picked-x')?.slice(1)).toEqual(['3', 'x']);
      expect(pattern!.test('orchardx3.picked-x')).toBe(false);
      expect(channel('weather').topicOf).toBeUndefined();
    },
    'knows a channel that is used both ways, and a message of several channels': async (
      { channel, load, files },
      role,
    ) => {
      expect(channel('weather').direction).toBe('both');
      expect(channel('weatherArchive').direction).toBe(role === 'service' ? 'send' : 'receive');
      const weather = { kind: 'weather', sky: 'clear' };
      for (const name of ['weather', 'weatherArchive'])
        expect(channel(name).decode(json(weather))).toEqual(message(weather));
      const sky = (await load('messages/weather.js')) as {
        dispatchWeather: (...args: unknown[]) => unknown;
        weather: (given: unknown) => unknown;
      };
      expect(sky.dispatchWeather({ weather: () => 'called' }, weather, null)).toBe('called');
      expect(sky.weather({ sky: 'clear', more: 1 })).toEqual(weather);
      // One type, which the other channel takes from its file.
      expect(files.get('messages/weather-archive.d.ts')).toMatch(/import type \{ Weather \} from '.\/weather.js'/);
    },
    'lists its operations': async ({ load }, role) => {
      const { operations } = await load('operations.js');
      const [send, receive] = role === 'service' ? ['send', 'receive'] : ['receive', 'send'];
      expect(operations).toEqual({
        sendWeather: { action: send, channel: 'weather', messages: ['Weather'] },
        receiveWeather: { action: receive, channel: 'weather', messages: ['Weather'] },
        sendArchive: { action: send, channel: 'weatherArchive', messages: ['Weather', 'Summary'] },
        receivePicked: { action: receive, channel: 'picked', messages: ['Picked'] },
      });
    },
  },
  'lighthouse.yaml': {
    'reads headers that are numbers, truth values and lists, and refuses malformed ones': ({ channel }) => {
      const { decode, encode } = channel('signals');
      const record = encode({ seconds: 1 }, { attempt: 3, urgent: true, range: 0.5, tags: ['a'] });
      expect(record.headers).toEqual({ attempt: '3', urgent: 'true', range: '0.5', tags: '["a"]' });
      for (const [name, value] of Object.entries({ attempt: '1.5', urgent: 'yes', range: 'far', tags: '[' })) {
        const headers = { ...record.headers, [name]: value };
        expect(decode({ ...record, headers })).toMatchObject({
          kind: 'invalid',
          code: 'INVALID_HEADERS',
          pointer: `/${name}`,
        });
      }
      const large = { ...record.headers, attempt: '9007199254740993' };
      expect(decode({ ...record, headers: large })).toMatchObject({ kind: 'invalid', pointer: '/attempt' });
      // Text of another form counts as absent if the header may be absent.
      const other = { ...record.headers, tower: 'far too long', trace: 'x', color: 'green' };
      expect(decode({ ...record, headers: other })).toEqual(
        message({ seconds: 1 }, { attempt: 3, urgent: true, range: 0.5, tags: ['a'] }),
      );
    },
    'distinguishes messages by a header, and gives each its own headers': async ({ channel, load }, role) => {
      const { decode } = channel('orders');
      const lamp = { lamp: 'main' };
      expect(decode(json(lamp, { order: 'on', level: '7' }))).toEqual({
        ...message(lamp, { order: 'on', level: 7 }),
        type: 'on',
      });
      expect(decode(json(lamp, { order: 'off' }))).toEqual({ ...message(lamp, { order: 'off' }), type: 'off' });
      expect(decode(json(lamp, { order: 'on' }))).toEqual(invalid('/level', 'is missing from the headers'));
      expect(decode(json(lamp, {})).pointer).toBe('/order');
      expect(decode(json(lamp, { order: 'dim' }))).toMatchObject(
        role === 'client'
          ? { kind: 'skip', type: 'dim' }
          : { kind: 'invalid', code: 'UNKNOWN_TYPE', pointer: '/order' },
      );
      if (role === 'client') return;
      const { dispatchOrders } = (await load('messages/orders.js')) as {
        dispatchOrders: (...args: unknown[]) => unknown;
      };
      const handlers = { on: () => 1, off: () => 2 };
      expect(dispatchOrders(handlers, decode(json(lamp, { order: 'off' })), null)).toBe(2);
      expect(() => dispatchOrders(handlers, { message: lamp }, null)).toThrow('no message');
    },
    'writes the headers of each message of a channel': ({ channel }) => {
      expect(channel('reports').encode({ kind: 'storm', knots: 50 }, { force: 9 }).headers).toEqual({ force: '9' });
      expect(channel('reports').encode({ kind: 'calm' }, { station: 's' }).headers).toEqual({ station: 's' });
    },
    'throws in a client that gives wrong headers': ({ channel }, role) => {
      if (role === 'service') return;
      const encode = (headers: Value) => () => channel('orders').encode({ lamp: 'main' }, headers);
      expect(encode({ order: 'on', level: 'high' })).toThrow('The headers of the message are not valid');
      expect(encode({ order: 'dim' })).toThrow('/order is a type that is not known here: "dim"');
      expect(encode({ order: 'off' })).not.toThrow();
      expect(() => channel('signals').encode({ seconds: 1 }, { attempt: -1, urgent: true })).toThrow('/attempt');
    },
  },
  'bakery.yaml': {
    'has names for all, and keeps those on the wire': async ({ contract, channel, load, role: as }) => {
      expect(contract.channels.map(({ key, name, fileName }) => [key, name, fileName])).toEqual([
        ['order-id', 'orderId', 'order-id'],
        ['class', 'classMessage', 'class'],
        ['a/b', 'aB', 'ab'],
        ['a~b', 'aB2', 'ab2'],
        ['Order Id', 'orderId2', 'order-id2'],
        ['constructor', 'constructor', 'constructor'],
      ]);
      expect(channel('classMessage').headers).toEqual(['content-type', 'class', "it's", 'Content Type']);
      if (as === 'client') return;
      const { deleteMessage } = (await load('messages/class.js')) as { deleteMessage: (given: unknown) => unknown };
      expect(deleteMessage({ id: 3 })).toEqual({ id: 3 });
      const { orderPlaced } = (await load('messages/order-id.js')) as { orderPlaced: (given: unknown) => unknown };
      const { type: _, ...given } = BREAD;
      expect(orderPlaced(given)).toEqual(BREAD);
    },
    'writes no markup of descriptions, and nothing that ends a comment': ({ files }) => {
      for (const [path, content] of files) {
        // The page has one script of its own.
        if (path.endsWith('.html')) expect(content.match(/<script/gi)).toHaveLength(1);
        // The package compiles, so no comment ended early; the text itself is there.
      }
      expect(files.get('contract.html')).toContain('Ends */ here &lt;script&gt;alert(2)&lt;/script&gt;');
      expect(files.get('channels/order-id.d.ts')).toContain('Ends *\\/ <script>alert(3)');
      expect(JSON.parse(files.get('package.json') ?? '')).toMatchObject({
        name: expect.stringMatching(/^[a-z0-9-]+$/),
      });
    },
  },
  'ferry.yaml': {
    'distinguishes messages by a field': async ({ channel, load }, role) => {
      const headers = { id: '1', answerTo: 'desk' };
      const { decode } = channel('tickets');
      expect(decode(json({ do: 'lose' }, headers))).toMatchObject(
        role === 'client' ? { kind: 'skip', type: 'lose' } : { kind: 'invalid', code: 'UNKNOWN_TYPE', pointer: '/do' },
      );
      expect(decode(json({ do: 3 }, headers))).toEqual(invalid('/do', 'must be string'));
      expect(decode(json([], headers))).toEqual(invalid('', 'the value must be an object'));
      expect(decode({ key: null, value: Buffer.from('{'), headers })).toMatchObject({
        kind: 'invalid',
        code: 'INVALID_JSON',
      });
      if (role === 'client') return;
      const { dispatchTickets } = (await load('messages/tickets.js')) as {
        dispatchTickets: (...args: unknown[]) => unknown;
      };
      expect(dispatchTickets({ buy: () => 'bought', giveBack: () => 'back' }, { do: 'giveBack' }, null)).toBe('back');
    },
    'distinguishes the kinds of a message that may be one of several': ({ channel }, role) => {
      const { decode } = channel('signals');
      expect(decode(json({ signal: 'horn', times: 2 }))).toEqual(message({ signal: 'horn', times: 2 }));
      expect(decode(json({ signal: 'horn', times: 'two' })).kind).toBe('invalid');
      expect(decode(json({ signal: 'bell' }))).toMatchObject(
        role === 'client' ? { kind: 'skip', type: 'bell' } : { kind: 'invalid', code: 'UNKNOWN_TYPE' },
      );
    },
    'distinguishes messages by a field with several values': async ({ channel, load }, role) => {
      expect(channel('trips').decode(json({ state: 'sails' }))).toEqual(message({ state: 'sails' }));
      expect(channel('trips').decode(json({ state: 'moored' }))).toEqual(invalid('/pier', 'is required'));
      expect(channel('trips').decode(json({ state: 'sunk' })).kind).toBe(role === 'client' ? 'skip' : 'invalid');
      const name = role === 'client' ? 'Trips' : 'Moods';
      const module = (await load(`messages/${name.toLowerCase()}.js`)) as Record<
        string,
        (...args: unknown[]) => unknown
      >;
      const handlers = {
        left: () => 1,
        sails: () => 2,
        moored: () => 3,
        'in dock': () => 4,
        glad: () => 5,
        sad: () => 6,
        tired: () => 7,
      };
      const value = role === 'client' ? { state: 'in dock', pier: 'a' } : { mood: 'tired', of: 'Eve' };
      expect(module[`dispatch${name}`]?.(handlers, value, null)).toBe(role === 'client' ? 4 : 7);
    },
    'distinguishes messages by trying': async ({ channel, load }, role) => {
      const { decode, check } = channel('cargo');
      expect(decode(json({ cars: 3 }))).toEqual({ ...message({ cars: 3 }), type: 'Cars' });
      expect(decode(json('a letter'))).toEqual({ ...message('a letter'), type: 'Mail' });
      expect(decode(json({ cars: 3, tons: 1 }))).toEqual(
        invalid('', 'the value may be any of the messages Cars, Goods'),
      );
      expect(check!({ cars: 3, tons: 1 })).toEqual({
        pointer: '',
        sentence: 'the value may be any of the messages Cars, Goods',
      });
      const none = { pointer: '', sentence: 'the value is none of the messages of the contract' };
      expect(decode(json({ boats: 1 }))).toEqual(
        role === 'client' ? { kind: 'skip', type: 'unknown' } : { kind: 'invalid', code: 'INVALID_PAYLOAD', ...none },
      );
      expect(check!({ boats: 1 })).toEqual(none);
      const { dispatchCargo } = (await load('messages/cargo.js')) as { dispatchCargo: (...args: unknown[]) => unknown };
      const handlers = { Cars: () => 'cars', Goods: () => 'goods', Mail: (text: string) => text };
      expect(dispatchCargo(handlers, decode(json('a letter')), null)).toBe('a letter');
    },
    'knows answers, their addresses and ids': async ({ channel, load }, role) => {
      const { operations, correlationIds } = await load('operations.js');
      expect(operations).toMatchObject({
        onTicket: {
          action: role === 'service' ? 'receive' : 'send',
          channel: 'tickets',
          messages: ['Buy', 'GiveBack'],
          // The group of the service is not that of its clients.
          ...(role === 'service' && { groupId: 'ferry' }),
          reply: { channel: 'answers', address: '$message.header#/answerTo', messages: ['Sold'] },
        },
      });
      expect(correlationIds).toEqual({ tickets: { Buy: '$message.header#/id' } });
      expect(channel('answers')).toMatchObject({
        address: undefined,
        direction: role === 'service' ? 'send' : 'receive',
      });
    },
  },
  'tram.yaml': {
    'makes keys of a field, or takes them': async ({ channel, load }) => {
      expect(channel('stops').encode({ stop: 'Märkt' }).key).toEqual(Buffer.from('Märkt'));
      expect(channel('lines').encode({ line: 4 }, {}, 'four').key).toEqual(Buffer.from('four'));
      expect(channel('cars').encode({ car: 1 }, {}, Buffer.from([9])).key).toEqual(Buffer.from([9]));
      expect(channel('cars').encode({ car: 1 }, {}, null).key).toBeNull();
      expect(channel('vehicles').encode({ id: 1, kind: 'bus', doors: 2 }).key).toBeNull();
      const { key } = channel('numbers').encode({ number: 258 });
      expect(key).toEqual(Buffer.from([2, 1, 0, 0, 0, 0, 0, 0]));
      const { decodeKey, decodeTextKey } = (await load('index.js')) as Record<string, (key: Buffer | null) => unknown>;
      expect([decodeKey?.(key), decodeKey?.(Buffer.from('x')), decodeTextKey?.(Buffer.from('ä'))]).toEqual([
        258,
        undefined,
        'ä',
      ]);
    },
    'mends a schema that contains itself without a field between, leaves out wrong examples, and notes both': ({
      notes,
      files,
      channel,
    }) => {
      expect(notes).toEqual([
        expect.stringMatching(/^tram\.yaml: Bus contains itself without a field between/),
        expect.stringMatching(/^tram\.yaml: Train contains itself without a field between/),
        expect.stringMatching(
          /^tram\.yaml: line \d+ \(#\/channels\/lines\/messages\/Line\/examples\/1\) is not a valid message, and is left out: payload \/line must be integer$/,
        ),
      ]);
      expect(files.get('examples.js')).not.toContain('wrong');
      const { check } = channel('vehicles');
      expect(check!({ id: 1, kind: 'bus', doors: 3 })).toBeUndefined();
      expect(check!({ id: 1, kind: 'bus', cars: 3 })).toBeDefined();
      expect(check!({ kind: 'train', cars: 3 })).toBeDefined();
    },
    'is taken by CommonJS, and by TypeScript with all its checks': async ({ folder }, role) => {
      await writeFile(join(folder, '../package.json'), '{ "type": "commonjs" }');
      await writeFile(
        join(folder, '../user.cjs'),
        "const { stops, channels } = require('./contract/index.js');\nconsole.log(channels.length, stops.encode({ stop: 'x' }).key.toString());\n",
      );
      expect(await run(join(folder, '../user.cjs'), [], folder)).toEqual({ code: 0, stdout: '5 x\n', stderr: '' });
      if (role === 'client') return;
      await mkdir(join(folder, '../user'));
      await writeFile(join(folder, '../user/package.json'), '{ "type": "module" }');
      await writeFile(join(folder, '../user/user.ts'), USER);
      const options = [
        '--noEmit',
        '--strict',
        '--target',
        'es2022',
        '--module',
        'nodenext',
        '--skipLibCheck',
        'false',
        '--types',
        'node',
      ];
      const compiled = await run(
        require.resolve('typescript/bin/tsc'),
        [...options, join(folder, '../user/user.ts')],
        folder,
      );
      expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' });
    },
  },
  'museum-2.yaml': {
    'converts the document, and notes it': ({ notes }) => {
      expect(notes).toEqual(['museum-2.yaml: AsyncAPI 2.6.0 was converted to 3.0.0']);
    },
    'keeps names, directions, parameters and groups': async ({ contract, channel, load }, role) => {
      const visits = contract.channels.find(({ parameters }) => parameters.length > 0)!;
      expect(visits.messages.map(({ component }) => component)).toEqual(['Entered', 'Left']);
      expect(visits.direction).toBe(role === 'service' ? 'receive' : 'send');
      expect(channel(visits.name).topicOf!({ wing: 'east' })).toBe('museum.east.visits');
      const { operations } = await load('operations.js');
      expect(operations).toMatchObject({
        onVisit: { action: role === 'service' ? 'receive' : 'send', channel: visits.name },
        sendPainting: role === 'service' ? { action: 'send', groupId: 'guards' } : { action: 'receive' },
      });
    },
  },
};

/** The example of bakery.yaml. */
const BREAD = {
  'order-id': 'x',
  class: 1,
  'with space': true,
  "quo'te": 'q',
  'dou"ble': 'd',
  'back\\slash': 'b',
  'a~b/c': 2,
  new: { default: '</pre><script>alert(8)</script>', 'a-b': 1 },
  type: 'order-placed',
  constructor: 'c',
  '${x}': 'd',
  '`': 'b',
};

/** Code of a user of tram.yaml. */
const USER = `import { channels, ContractFault, lines, operations, stops } from '../contract/index.js';
import type { Stop } from '../contract/messages/stops.js';
const stop: Stop = { stop: 'Markt', line: 4 };
const { key, value, headers }: { key: Buffer | null; value: Buffer | null; headers: object } = stops.encode(stop);
const decoded = stops.decode({ key, value });
if (decoded.kind === 'message') console.log(decoded.message.stop.toUpperCase(), decoded.message.line?.toFixed());
else if (decoded.kind === 'invalid') console.log(decoded.sentence);
console.log(lines.encode({ line: 3 }, {}, 'key'), operations.sendStops.channel, channels.length, headers, ContractFault.name);
// @ts-expect-error a key is given
lines.encode({ line: 3 }, {});
// @ts-expect-error another type
stops.encode({ stop: 3 });
`;

const DOCUMENTS = [
  'observatory.yaml',
  'orchard.yaml',
  'lighthouse.yaml',
  'bakery.yaml',
  'ferry.yaml',
  'tram.yaml',
  'museum-2.yaml',
];

describe.each(DOCUMENTS.flatMap((name) => ROLES.map((role) => ({ name, role }))))(
  '$name, as $role',
  ({ name, role }) => {
    let result: Generated;
    beforeAll(async () => {
      result = await generated(name, role);
    });
    behavesAsDescribed(() => result);
    for (const [what, test] of Object.entries(DETAILS[name] ?? {})) {
      it(what, () => test(result, role));
    }
  },
);
