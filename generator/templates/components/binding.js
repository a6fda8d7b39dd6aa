import { banner, imports, importTypes, literal, member, paragraphs, usedIn } from './source.js';

/** Generates a channel as code uses it: its description, and the functions that decode and encode its records. */
export function binding(contract, channel) {
  const code = channel.format === 'json' ? messageBinding(contract, channel) : plainBinding(channel);
  const { union, headerSets, headersType, fileName } = channel;
  const codecs = [...headerSets.map(({ typeName }) => `decode${typeName}`), `encode${headersType}`];
  const record = [
    'ConsumedRecord',
    'ContractChannel',
    'Fault',
    'KeyedChannel',
    'ProducedRecord',
    'RecordChannel',
    'RecordHeaders',
  ];
  const runtime = [
    'checkHeaders',
    'checkMessage',
    'decodeBytes',
    'decodeRecord',
    'decodeText',
    'faultUnlessValid',
    'mustBeValid',
    'presentHeaders',
  ];
  const validators = [
    ...channel.messages.flatMap((message) => [validatorName(message), `${validatorName(message)}Strict`]),
    ...headerSets.map(({ typeName }) => `validate${typeName}`),
  ];
  return paragraphs(
    [
      banner(contract),
      imports(usedIn(code, codecs), '../headers.js'),
      importTypes(usedIn(code, [headersType]), '../headers.js'),
      imports(usedIn(code, ['encodeKey', 'encodeTextKey']), '../keys.js'),
      importTypes(channel.format === 'json' ? [union] : [], `../messages/${fileName}.js`),
      importTypes(usedIn(code, record), '../record.js'),
      imports(usedIn(code, runtime), '../runtime.js'),
      importTypes(usedIn(code, ['Judge', 'Validator']), '../runtime.js'),
      imports(usedIn(code, validators), '../validators.js'),
    ]
      .filter((line) => line)
      .join('\n'),
    code,
  );
}

const validatorName = ({ payloadType }) => `validate${payloadType}`;

/** The headers of a channel whose messages carry none need not be given. */
const isBare = ({ headerSets }) => headerSets.every(({ traits }) => traits.length === 0);

/** Whether the code that sends gives the key. */
const isKeyGiven = ({ recordKey }) => recordKey !== undefined && recordKey.field === undefined;

const keyType = ({ recordKey }) => (recordKey.encoding === 'text' ? 'string' : 'Buffer | null');

function object(channel, interfaceName, functions) {
  const { name, doc, direction, env, address, partitions, config, headers, parameters } = channel;
  const fields = Object.entries({ name, direction, env, address, partitions, config }).map(
    ([field, value]) => `${field}: ${value === undefined ? 'undefined' : literal(value)},`,
  );
  return `${doc}
export const ${name} = {
${fields.join('\n')}
headers: ${literal(headers.map((header) => header.name))},
${parameters.length === 0 ? '' : `${topicFunctions(channel)}\n`}${functions}
} as const satisfies ${interfaceName};`;
}

/** An address with parameters stands for several topics. */
function topicFunctions({ address, parameters }) {
  const pieces = address.split(/(\{[^{}]+\})/).filter((piece) => piece !== '');
  const isParameter = (piece) => /^\{.*\}$/.test(piece);
  const nameOf = (piece) => piece.slice(1, -1);
  const template = pieces
    .map((piece) => (isParameter(piece) ? `\${parameters${member(nameOf(piece))}}` : piece.replace(/[`\\$]/g, '\\$&')))
    .join('');
  const pattern = pieces
    .map((piece) => (isParameter(piece) ? '([^/]+)' : piece.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')))
    .join('');
  const type = parameters.map((name) => `readonly ${literal(name)}: string`).join('; ');
  return `/** Returns the topic with these parameters. */
topicOf: (parameters: { ${type} }) => \`${template}\`,
/** Matches every topic of the channel; a group for each parameter, in the order of the address. */
pattern: /^${pattern}$/,`;
}

function messageBinding(contract, channel) {
  const { union, headersType } = channel;
  const name = isKeyGiven(channel)
    ? `KeyedChannel<${union}, ${headersType}, ${keyType(channel)}>`
    : `ContractChannel<${union}, ${headersType}>`;
  const functions = `decode: (record) => decodeRecord(judge, record),
check: (message) => checkMessage(judge, message),
encode,`;
  return paragraphs(
    judge(channel),
    headerValidators(contract, channel),
    object(channel, name, functions),
    encoder(contract, channel),
  );
}

/** Whether a reader distinguishes messages by their payloads alone, and accepts unknown fields. */
const isTolerantTrial = ({ apart, messages }) => apart.by === 'trial' && messages.some(({ hasStrict }) => hasStrict);

function validators(channel) {
  const { apart, messages, unknownTypes, union } = channel;
  if (apart.by === 'nothing') return validatorName(messages[0]);
  const mapOf = (suffix) => {
    const pairs = messages
      .filter(
        (message, index) =>
          apart.by !== 'trial' ||
          messages.findIndex(({ payloadType }) => payloadType === message.payloadType) === index,
      )
      .flatMap((message) => message.types.map((type) => `[${literal(type)}, ${validatorName(message)}${suffix}],`));
    return `new Map<string, Validator<${union}>>([${pairs.join('\n')}])`;
  };
  if (apart.by !== 'trial') {
    return `{
    ${apart.by}: ${literal(apart.name)},
    unknown: ${literal(unknownTypes)},
    validators: ${mapOf('')},
  }`;
  }
  // With unknown fields, a message may look like another one: first it must be one without them.
  if (!isTolerantTrial(channel)) return `{ unknown: ${literal(unknownTypes)}, trial: ${mapOf('')} }`;
  return `{ unknown: ${literal(unknownTypes)}, trial: ${mapOf('Strict')}, tolerant: ${mapOf('')} }`;
}

const DISTINCTIONS = {
  field: ({ name }) => `// The field ${literal(name)} distinguishes the messages.`,
  header: ({ name }) => `// The header ${literal(name)} distinguishes the messages.`,
  trial: () => '// Only the payloads distinguish the messages: exactly one validator must accept.',
};

function judge(channel) {
  const { union, headersType, headerSets, messages, apart } = channel;
  const decoder = (typeName) => {
    const set = headerSets.find((one) => one.typeName === typeName);
    return set === undefined || set.traits.length === 0 ? '() => ({})' : `decode${typeName}`;
  };
  const perMessage = messages.flatMap((message) => {
    const types = apart.by === 'trial' ? [message.component] : message.types;
    return types.map((type) => `[${literal(type)}, ${decoder(message.headerSet)}],`);
  });
  const headers =
    headerSets.length === 1
      ? decoder(headerSets[0].typeName)
      : `new Map<string, (headers: RecordHeaders) => ${headersType} | Fault>([${perMessage.join('\n')}])`;
  const comment = messages.length > 1 ? `${DISTINCTIONS[apart.by](apart)}\n` : '';
  return `${comment}const judge: Judge<${union}, ${headersType}> = {
  payload: ${validators(channel)},
  onlyObjects: ${String(messages.every(({ payload }) => payload.type === 'object'))},
  headers: ${headers},
};`;
}

function encoder(contract, channel) {
  const { union, headersType, recordKey } = channel;
  const isBareChannel = isBare(channel);
  const isGiven = isKeyGiven(channel);
  const parameters = [`message: ${union}`];
  if (!isBareChannel || isGiven) parameters.push(`${isBareChannel ? '_headers' : 'headers'}: ${headersType}`);
  if (isGiven) parameters.push(`key: ${keyType(channel)}`);
  const checks =
    contract.role === 'client'
      ? [
          `mustBeValid('payload', checkMessage(judge, message));`,
          isBareChannel ? '' : `mustBeValid('headers', ${headersFault(channel)});`,
        ]
      : [];
  return `function encode(${parameters.join(', ')}): ProducedRecord {
  ${checks.filter(Boolean).join('\n')}
  return {
    key: ${keyOf(recordKey)},
    value: Buffer.from(JSON.stringify(message)),
    headers: ${isBareChannel ? '{}' : `encode${headersType}(headers)`},
  };
}`;
}

/** The expression for the fault of the headers to send. */
const headersFault = ({ headersType, headerSets }) =>
  headerSets.length === 1
    ? `faultUnlessValid(validate${headersType}, headers)`
    : 'checkHeaders(judge, headerValidators, message, headers)';

/** The validators of headers by message, for a channel whose messages have different ones. */
function headerValidators({ role }, { headerSets, messages, apart }) {
  if (role !== 'client' || headerSets.length === 1) return '';
  const pairs = messages.flatMap(({ types, component, headerSet }) => {
    const names = apart.by === 'trial' ? [component] : types;
    return names.map((type) => `[${literal(type)}, validate${headerSet}],`);
  });
  return `const headerValidators = new Map<string, Validator<unknown>>([${pairs.join('\n')}]);`;
}

function keyOf(recordKey) {
  if (recordKey === undefined) return 'null';
  const { field, encoding } = recordKey;
  const value = field === undefined ? 'key' : `message${member(field)}`;
  if (encoding === 'uint32le-padded') return `encodeKey(${value})`;
  if (encoding === 'text') return `encodeTextKey(${field === undefined ? value : `String(${value})`})`;
  return value;
}

/** A channel of text or bytes. */
function plainBinding(channel) {
  const { headersType, format } = channel;
  const isBareChannel = isBare(channel);
  const decode = isBareChannel ? '() => ({})' : `decode${headersType}`;
  const encoded = isBareChannel ? '' : `, ...encode${headersType}(headers)`;
  if (format === 'text') {
    return paragraphs(
      object(
        channel,
        `KeyedChannel<string, ${headersType}, Buffer | null>`,
        `decode: (record) => decodeText(${decode}, record),
check: (message) => (typeof message === 'string' ? undefined : { pointer: '', sentence: 'the value must be text' }),
encode,`,
      ),
      `function encode(message: string, ${encoded === '' ? '_headers' : 'headers'}: ${headersType}, key: Buffer | null): ProducedRecord {
  return { key, value: Buffer.from(message), headers: { ${encoded.replace(/^, /, '')} } };
}`,
    );
  }
  return paragraphs(
    object(channel, `RecordChannel<${headersType}>`, `decode: (record) => decodeBytes(${decode}, record),\nencode,`),
    `function encode({ key, value, headers: own }: ConsumedRecord, ${encoded === '' ? '_headers' : 'headers'}: ${headersType}): ProducedRecord {
  return { key, value, headers: { ...presentHeaders(own)${encoded} } };
}`,
  );
}
