import { BANNER, imports, importTypes, literal, member, paragraphs, pascal, usedIn } from './source.js';

/** Generates a channel as code uses it: its description, and the functions that decode and encode its records. */
export function binding(channel) {
  const code = channel.opaque ? recordBinding(channel) : messageBinding(channel);
  const { union, headersType, name, fileName } = channel;
  const codecs = [`decode${pascal(name)}Headers`, `encode${pascal(name)}Headers`];
  const record = ['ConsumedRecord', 'ContractChannel', 'ProducedRecord', 'RecordChannel'];
  const runtime = ['checkMessage', 'decodeRecord', 'presentHeaders'];
  return paragraphs(
    [
      BANNER,
      imports(usedIn(code, codecs), '../headers.ts'),
      importTypes(usedIn(code, [headersType]), '../headers.ts'),
      imports(usedIn(code, ['encodeKey']), '../keys.ts'),
      importTypes(channel.opaque ? [] : [union], `../messages/${fileName}.ts`),
      importTypes(usedIn(code, record), '../record.ts'),
      imports(usedIn(code, runtime), '../runtime.ts'),
      importTypes(usedIn(code, ['Judge', 'Validator']), '../runtime.ts'),
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
  const functions = `decode: (record) => decodeRecord(judge, record),
check: (message) => checkMessage(judge, message),
encode,`;
  return paragraphs(
    judge(channel),
    object(channel, `ContractChannel<${union}, ${headersType}>`, functions),
    encoder(channel),
  );
}

function judge({ name, union, headersType, traits, discriminator, unknownTypes, messages }) {
  const headers = traits.length === 0 ? '() => ({})' : `decode${pascal(name)}Headers`;
  const pairs = messages.map((message) => `[${literal(message.type)}, ${validatorName(message)}],`);
  const byType = `{
    field: ${literal(discriminator)},
    unknown: ${literal(unknownTypes)},
    validators: new Map<string, Validator<${union}>>([${pairs.join('\n')}]),
  }`;
  const payload = discriminator === undefined ? validatorName(messages[0]) : byType;
  return `const judge: Judge<${union}, ${headersType}> = {
  payload: ${payload},
  headers: ${headers},
};`;
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

function recordBinding(channel) {
  const { headersType, name } = channel;
  return paragraphs(
    object(channel, `RecordChannel<${headersType}>`, 'encode,'),
    `function encode({ key, value, headers: own }: ConsumedRecord, headers: ${headersType}): ProducedRecord {
  return { key, value, headers: { ...presentHeaders(own), ...encode${pascal(name)}Headers(headers) } };
}`,
  );
}
