/** Writes the file of a channel: its types, topic, codec and handler. */
import type { ContractChannel, Key } from '../shape.ts';
import { Names } from '../identifiers.ts';
import { constantLines, enumLines, structLines } from './declarations.ts';
import { comment, func, paragraphsOf, quoted } from './layout.ts';
import { goName } from './names.ts';
import type { ChannelHeaders } from './headers.ts';
import type { Patterns } from './patterns.ts';
import type { Discriminator, GoStruct, GoTypes } from './types.ts';

/** A channel with its names in Go. */
export interface GoChannel {
  readonly channel: ContractChannel;
  /** What its names begin with. */
  readonly name: string;
  /** The type of any message: an interface if it may be one of several, or unknown; undefined if values are text or bytes. */
  readonly message: string | undefined;
  readonly discriminator: Discriminator | undefined;
  /** The struct of each message that has one. */
  readonly payloads: readonly {
    readonly component: string;
    readonly doc: string;
    readonly struct: GoStruct;
    readonly types: readonly string[];
  }[];
  readonly headers: ChannelHeaders;
}

/** The keys that are made of fields, by the struct of the message. */
export type KeyFields = ReadonlyMap<string, Key>;

/** Returns the content of the file. */
export function channelLines(channel: GoChannel, types: GoTypes, patterns: Patterns, keys: KeyFields): string[] {
  const home = channel.channel.name;
  const own = [...types.enums.values()].filter((type) => type.home === home);
  const structs = [...types.structs.values()].filter((struct) => struct.home === home);
  return [
    ...topicLines(channel),
    ...(channel.message === undefined
      ? valueCodec(channel)
      : [...(channel.discriminator === undefined ? [] : messageLines(channel)), ...codec(channel)]),
    ...(channel.channel.direction === 'send' ? [] : handler(channel)),
    ...own.flatMap(enumLines),
    ...structs.flatMap((struct) => [...structLines(struct, patterns), ...keyMethod(struct, keys.get(struct.name))]),
  ];
}

function about({ channel }: GoChannel): string[] {
  return paragraphsOf(channel.doc);
}

function topicLines(channel: GoChannel): string[] {
  const {
    name,
    channel: { env, address, parameters },
  } = channel;
  const constants = [
    ...(address === undefined ? [] : [{ name: `${name}Topic`, value: address, doc: topicDoc(channel) }]),
    ...(env === undefined
      ? []
      : [
          {
            name: `${name}TopicEnv`,
            value: env,
            doc: `${name}TopicEnv is the environment variable that names the topic.`,
          },
        ]),
  ];
  const declared = constants.length === 0 ? [] : constantLines(constants, '');
  if (parameters.length > 0) return [...declared, ...topicWithParameters(channel)];
  if (env === undefined) return declared;
  const otherwise = address === undefined ? 'empty' : 'the default';
  return [
    ...declared,
    ...func(
      comment([
        `${name}TopicFrom returns the topic that the variable names; ${otherwise} if it is not set. lookup is os.LookupEnv, or a function like it.`,
      ]),
      `${name}TopicFrom(lookup func(string) (string, bool)) string`,
      [
        `if topic, ok := lookup(${name}TopicEnv); ok && topic != "" {`,
        '\treturn topic',
        '}',
        `return ${address === undefined ? '""' : `${name}Topic`}`,
      ],
    ),
  ];
}

function topicDoc({ name, channel: { env, parameters } }: GoChannel): string {
  if (parameters.length > 0) return `${name}Topic is the channel's topic, with parameters in braces.`;
  return `${name}Topic is the channel's topic${env === undefined ? '' : ' if its variable is not set'}.`;
}

function topicWithParameters({ name, channel: { parameters } }: GoChannel): string[] {
  const names = new Names([
    'strings',
    'string',
    'type',
    'func',
    'range',
    'map',
    'go',
    'var',
    'if',
    'for',
    'case',
    'default',
  ]);
  const variables = parameters.map((parameter) => {
    const exported = goName(parameter);
    return names.take(exported.charAt(0).toLowerCase() + exported.slice(1));
  });
  const pairs = parameters.map((parameter, index) => `${quoted(`{${parameter}}`)}, ${variables[index] ?? ''}`);
  return func(
    comment([`${name}TopicOf returns the topic with these parameters.`]),
    `${name}TopicOf(${variables.join(', ')} string) string`,
    [`return strings.NewReplacer(${pairs.join(', ')}).Replace(${name}Topic)`],
  );
}

/** Returns the interface that every message of the channel implements. */
function messageLines(channel: GoChannel): string[] {
  const { name, message = '', payloads } = channel;
  const structs = [...new Set(payloads.map(({ struct }) => struct.name))];
  return [
    '',
    ...comment([
      `${message} is any message of the channel: ${listOf(structs)}, or Unknown of a type that the contract does not list.`,
      ...about(channel),
    ]),
    `type ${message} interface {`,
    '\t// Validate returns the first breach of the contract as a *ContractError; nil if there is none.',
    '\tValidate() error',
    `\tis${name}()`,
    '\tcheck(open bool) *ContractError',
    '}',
    ...[...structs, 'Unknown'].flatMap((struct) => ['', `func (${struct}) is${name}() {}`]),
  ];
}

function listOf(names: readonly string[]): string {
  return names.length <= 1 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}

/** A message has the key of its record if it is made of a field. */
function keyMethod({ name, fields }: GoStruct, key: Key | undefined): string[] {
  const field = fields.find((one) => one.key === key?.field);
  if (key === undefined || field === undefined) return [];
  const variable = `value.${field.name}`;
  const { text: type } = field.type;
  const misfits = [
    ...(type.startsWith('int') ? [`${variable} < 0`] : []),
    ...(type.endsWith('64') ? [`${variable} > math.MaxUint32`] : []),
  ];
  const doc = [
    `RecordKey returns the key of the message's record${misfits.length > 0 ? '; nil if it has none, because the field is no uint32' : ''}.`,
  ];
  return func(comment(doc), `(value ${name}) RecordKey() []byte`, [
    ...(misfits.length > 0 ? [`if ${misfits.join(' || ')} {`, '\treturn nil', '}'] : []),
    key.encoding === 'text'
      ? `return []byte(${variable})`
      : `return EncodeKey(${type === 'uint32' ? variable : `uint32(${variable})`})`,
  ]);
}

/** Returns the parameter of a key that the code that sends gives. */
function keyParameter(key: Key | undefined): { readonly parameter: string; readonly value: string } {
  if (key === undefined) return { parameter: '', value: 'nil' };
  if (key.encoding === 'text') return { parameter: ', key string', value: '[]byte(key)' };
  return { parameter: ', key []byte', value: 'key' };
}

function codec(channel: GoChannel): string[] {
  const {
    name,
    message = '',
    headers,
    discriminator,
    channel: { recordKey },
  } = channel;
  const { parameter, value } = keyParameter(recordKey?.field === undefined ? recordKey : undefined);
  return [
    ...func(
      comment([
        `Encode${name} returns the record of a message. A message or headers that break the contract are a *ContractError.`,
        ...(discriminator === undefined ? about(channel) : []),
      ]),
      `Encode${name}(message ${message}, headers ${headers.type}${parameter}) (Record, error)`,
      [
        ...(discriminator === undefined ? [] : ['if message == nil {', '\treturn Record{}, errNoMessage', '}']),
        recordKey?.field === undefined
          ? `return encode(message.check(false), message, headers, ${value})`
          : 'return encodeKeyed(message.check(false), message, headers)',
      ],
    ),
    ...func(
      comment([
        `Decode${name} returns the message of a record and its headers. Fields that the contract does not list are dropped. ${
          discriminator === undefined ? '' : 'The message of a type that it does not list is Unknown, without headers. '
        }A record that breaks the contract is a *ContractError.`,
      ]),
      `Decode${name}(record Record) (${message}, ${headers.type}, error)`,
      decoding(channel),
    ),
    ...(discriminator === undefined ? [] : readerOf(channel, discriminator)),
  ];
}

function decoding({ message = '', headers, discriminator }: GoChannel): string[] {
  const zero = discriminator === undefined ? `${message}{}` : 'nil';
  const returns = ['if fault != nil {', `\treturn ${zero}, ${headers.type}{}, fault`, '}'];
  const known =
    discriminator === undefined
      ? []
      : [
          `kind, fault := typeOf(raw, ${quoted(discriminator.field)})`,
          ...returns,
          `if !${discriminator.type.name}(kind).Known() {`,
          `\treturn Unknown{Type: kind}, ${headers.type}{}, nil`,
          '}',
        ];
  const read = discriminator === undefined ? 'raw' : `${discriminator.type.name}(kind), raw`;
  return [
    'raw, fault := parse(record.Value)',
    ...returns,
    ...known,
    `headers, fault := ${headers.reader}(record.Headers)`,
    ...returns,
    `message, fault := decode${message}(${read})`,
    ...returns,
    'if fault := message.check(true); fault != nil {',
    `\treturn ${zero}, ${headers.type}{}, fault`,
    '}',
    'return message, headers, nil',
  ];
}

/** Returns the function that reads the message of a type. */
function readerOf({ message = '', payloads }: GoChannel, { type }: Discriminator): string[] {
  const cases = payloads.flatMap(({ struct, types }) => {
    const constants = type.values.filter(({ value }) => types.includes(value)).map((constant) => constant.name);
    return [`case ${constants.join(', ')}:`, `\treturn decode${struct.name}(raw)`];
  });
  return func([], `decode${message}(kind ${type.name}, raw json.RawMessage) (${message}, *ContractError)`, [
    'switch kind {',
    ...cases,
    'default:',
    '\treturn Unknown{Type: string(kind)}, nil',
    '}',
  ]);
}

/** Returns the codec of a channel whose values are text or bytes. */
function valueCodec(channel: GoChannel): string[] {
  const {
    name,
    headers,
    channel: { recordKey, format },
  } = channel;
  if (format === 'bytes') {
    return [
      ...func(
        comment([
          `Encode${name} returns a record with its own key, value and headers, and these headers added. Headers that break the contract are a *ContractError.`,
          ...about(channel),
        ]),
        `Encode${name}(record Record, headers ${headers.type}) (Record, error)`,
        [
          'w := &headerWriter{}',
          'headers.write(w)',
          'record.Headers = withHeaders(record.Headers, w.headers)',
          'return record, asError(w.fault)',
        ],
      ),
      ...func(
        comment([`Decode${name} returns the headers of a record. Its value may be anything, also nil.`]),
        `Decode${name}(record Record) (${headers.type}, error)`,
        [`value, fault := ${headers.reader}(record.Headers)`, 'return value, asError(fault)'],
      ),
    ];
  }
  const { parameter, value } = keyParameter(
    recordKey === undefined ? undefined : { ...recordKey, field: undefined, encoding: 'bytes' },
  );
  return [
    ...func(
      comment([
        `Encode${name} returns the record of a text. Headers that break the contract are a *ContractError.`,
        ...about(channel),
      ]),
      `Encode${name}(text string, headers ${headers.type}${parameter}) (Record, error)`,
      [
        'w := &headerWriter{}',
        'headers.write(w)',
        `return Record{Key: ${value}, Value: []byte(text), Headers: w.headers}, asError(w.fault)`,
      ],
    ),
    ...func(
      comment([`Decode${name} returns the text of a record and its headers.`]),
      `Decode${name}(record Record) (string, ${headers.type}, error)`,
      [
        'if record.Value == nil || !utf8.Valid(record.Value) {',
        `\treturn "", ${headers.type}{}, broken("", "is not UTF-8")`,
        '}',
        `value, fault := ${headers.reader}(record.Headers)`,
        'return string(record.Value), value, asError(fault)',
      ],
    ),
  ];
}

/** Returns the interface of handlers of received messages, and the function that calls the right method. */
function handler(channel: GoChannel): string[] {
  const {
    name,
    message,
    headers,
    payloads,
    discriminator,
    channel: { format },
  } = channel;
  const methodNames = new Names();
  const methods =
    message === undefined
      ? [{ method: name, type: format === 'text' ? 'string' : 'Record', doc: '', struct: '' }]
      : payloads.map(({ component, struct, doc }) => ({
          method: methodNames.take(goName(component)),
          type: struct.name,
          doc,
          struct: struct.name,
        }));
  const parameter = message === undefined ? (format === 'text' ? 'text' : 'record') : 'message';
  const signature = methods.flatMap(({ method, type, doc }) => [
    ...comment(paragraphsOf(doc).slice(0, 1), '\t'),
    `\t${method}(ctx context.Context, ${parameter} ${type}, headers ${headers.type}) error`,
  ]);
  const [only] = methods;
  const decoded =
    message === undefined ? (format === 'text' ? 'text, headers, err' : 'headers, err') : 'message, headers, err';
  return [
    '',
    ...comment([
      message === undefined || payloads.length === 1
        ? `${name}Handler takes the messages of the channel.`
        : `${name}Handler has a method for each message of the channel: one that lacks a method does not compile.`,
    ]),
    `type ${name}Handler interface {`,
    ...signature,
    '}',
    '',
    ...comment([
      `Ignore${name} is a ${name}Handler whose methods do nothing. A handler that embeds it needs only the methods of the messages that it reads, and still compiles if the contract gets a new message.`,
    ]),
    `type Ignore${name} struct{}`,
    ...methods.flatMap(({ method, type }) =>
      func(
        [`// ${method} does nothing.`],
        `(Ignore${name}) ${method}(_ context.Context, _ ${type}, _ ${headers.type}) error`,
        ['return nil'],
      ),
    ),
    ...func(
      comment([
        `Dispatch${name} decodes a record and calls the handler's method for its message. The error is that of the handler, or a *ContractError if the record is Invalid.`,
      ]),
      `Dispatch${name}(ctx context.Context, record Record, handler ${name}Handler) (Outcome, error)`,
      [
        `${decoded} := Decode${name}(record)`,
        'if err != nil {',
        '\treturn Invalid, err',
        '}',
        discriminator === undefined
          ? `return Handled, handler.${only?.method ?? ''}(ctx, ${parameter}, headers)`
          : `return handle${name}(ctx, message, headers, handler)`,
      ],
    ),
    ...(discriminator === undefined
      ? []
      : func(
          [],
          `handle${name}(ctx context.Context, message ${message ?? ''}, headers ${headers.type}, handler ${name}Handler) (Outcome, error)`,
          [
            'switch message := message.(type) {',
            ...[...new Map(methods.map((method) => [method.struct, method])).values()].flatMap(({ method, struct }) => [
              `case ${struct}:`,
              `\treturn Handled, handler.${method}(ctx, message, headers)`,
            ]),
            'default:',
            '\treturn Skipped, nil',
            '}',
          ],
        )),
  ];
}
