import { BANNER, imports, importTypes, literal, member, paragraphs, pascal, usedIn } from './source.js';

/** The channel as code uses it: what the document says of it, and the way from and to records. */
export function binding(channel) {
  const code = channel.opaque ? recordBinding(channel) : messageBinding(channel);
  const { union, headersType, name, fileName } = channel;
  const codecs = [`decode${pascal(name)}Headers`, `encode${pascal(name)}Headers`];
  const record = ['ConsumedRecord', 'Decoded', 'Fault', 'MessageChannel', 'ProducedRecord', 'RecordChannel'];
  const runtime = [
    'NOT_AN_OBJECT',
    'NO_HEADERS',
    'faultOf',
    'invalid',
    'isFault',
    'isObject',
    'presentHeaders',
    'readObject',
    'typeFault',
    'unknownType',
  ];
  return paragraphs(
    [
      BANNER,
      imports(usedIn(code, codecs), '../headers.ts'),
      importTypes(usedIn(code, [headersType]), '../headers.ts'),
      imports(usedIn(code, ['encodeKey']), '../keys.ts'),
      importTypes(channel.opaque ? [] : [union], `../messages/${fileName}.ts`),
      importTypes(usedIn(code, record), '../record.ts'),
      imports(usedIn(code, runtime), '../runtime.ts'),
      importTypes(usedIn(code, ['Validator']), '../runtime.ts'),
      imports(
        channel.opaque ? [] : channel.messages.map(({ payloadType }) => `validate${payloadType}`),
        '../validators.js',
      ),
    ]
      .filter((line) => line)
      .join('\n'),
    code,
  );
}

const validatorName = ({ payloadType }) => `validate${payloadType}`;

function object({ name, doc, direction, env, address, partitions, config, headers }, interfaceName, functions) {
  const fields = Object.entries({ name, direction, env, address, partitions, config }).map(
    ([field, value]) => `${field}: ${literal(value)},`,
  );
  return `${doc}
export const ${name} = {
${fields.join('\n')}
headers: ${literal(headers.map((header) => header.name))},
${functions}
} as const satisfies ${interfaceName};`;
}

function messageBinding(channel) {
  const { union, headersType } = channel;
  return paragraphs(
    object(channel, `MessageChannel<${union}, ${headersType}>`, 'decode, check, encode,'),
    channel.discriminator === undefined ? untyped(channel) : typed(channel),
    encoder(channel),
  );
}

function encoder({ name, union, headersType, key, traits }) {
  const bare = traits.length === 0;
  return `function encode(message: ${union}${bare ? '' : `, headers: ${headersType}`}): ProducedRecord {
  return {
    key: ${key === undefined ? 'null' : `encodeKey(message${member(key.field)})`},
    value: Buffer.from(JSON.stringify(message)),
    headers: ${bare ? '{}' : `encode${pascal(name)}Headers(headers)`},
  };
}`;
}

/** What stands between a known type and its payload's judgement: nothing where messages have no headers. */
const judgeHeaders = ({ name, traits }) =>
  traits.length === 0
    ? 'const headers = {};'
    : `const headers = decode${pascal(name)}Headers(record.headers ?? NO_HEADERS);
  if (isFault(headers)) return invalid('INVALID_HEADERS', headers);`;

function typed(channel) {
  const { union, headersType, discriminator, unknownTypes, messages } = channel;
  const field = literal(discriminator);
  const unknown =
    unknownTypes === 'skip' ? `{ kind: 'skip', type }` : `invalid('UNKNOWN_TYPE', unknownType(${field}, type))`;
  return [
    `function decode(record: ConsumedRecord): Decoded<${union}, ${headersType}> {
  const read = readObject(record.value);
  if (read.kind === 'invalid') return read;
  const message = read.object;
  const type = message[${field}];
  if (typeof type !== 'string') return invalid('INVALID_PAYLOAD', typeFault(${field}, type));
  const validate = validatorOf(type);
  if (validate === undefined) return ${unknown};
  ${judgeHeaders(channel)}
  if (!validate(message)) return invalid('INVALID_PAYLOAD', faultOf(validate));
  return { kind: 'message', message, headers };
}`,
    `function check(message: unknown): Fault | undefined {
  if (!isObject(message)) return NOT_AN_OBJECT;
  const type = message[${field}];
  if (typeof type !== 'string') return typeFault(${field}, type);
  const validate = validatorOf(type);
  if (validate === undefined) return unknownType(${field}, type);
  return validate(message) ? undefined : faultOf(validate);
}`,
    `function validatorOf(type: string): Validator<${union}> | undefined {
  switch (type) {
${messages.map((message) => `case ${literal(message.type)}: return ${validatorName(message)};`).join('\n')}
default: return undefined;
  }
}`,
  ].join('\n\n');
}

function untyped(channel) {
  const validate = validatorName(channel.messages[0]);
  return [
    `function decode(record: ConsumedRecord): Decoded<${channel.union}, ${channel.headersType}> {
  const read = readObject(record.value);
  if (read.kind === 'invalid') return read;
  const message = read.object;
  ${judgeHeaders(channel)}
  if (!${validate}(message)) return invalid('INVALID_PAYLOAD', faultOf(${validate}));
  return { kind: 'message', message, headers };
}`,
    `function check(message: unknown): Fault | undefined {
  if (!isObject(message)) return NOT_AN_OBJECT;
  return ${validate}(message) ? undefined : faultOf(${validate});
}`,
  ].join('\n\n');
}

function recordBinding(channel) {
  const { headersType, name } = channel;
  return paragraphs(
    object(channel, `RecordChannel<${headersType}>`, 'encode,'),
    `function encode({ key, value, headers: own }: ConsumedRecord, headers: ${headersType}): ProducedRecord {
  return { key, value, headers: { ...presentHeaders(own), ...encode${pascal(name)}Headers(headers) } };
}`,
  );
}
