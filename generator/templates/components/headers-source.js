import { banner, imports, importTypes, literal, member, paragraphs, usedIn, variable, variablesOf } from './source.js';

/** Generates an interface and a codec per trait, and for each set of headers its traits combined. */
export function headersSource(contract) {
  const { channels } = contract;
  const traits = contract.role === 'client' ? contract.traits.map(withOpenValues) : contract.traits;
  const sets = channels.flatMap((channel) => channel.headerSets.map((set) => ({ ...set, channel })));
  const used = new Set(sets.flatMap((set) => set.traits));
  const declared = new Set();
  const code = paragraphs(
    traits
      .filter(({ typeName }) => used.has(typeName))
      .map((trait) => [
        ...valueTypes(trait, declared),
        traitInterface(trait),
        forms(trait),
        traitDecoder(
          trait,
          sets.some(({ typeName }) => typeName === trait.typeName),
        ),
        traitEncoder(
          trait,
          channels.some(({ headersType }) => headersType === trait.typeName),
        ),
      ]),
    sets.map((set, index) => {
      const twin = sets.slice(0, index).find((other) => isTwin(other, set));
      return twin === undefined ? headerSet(set, traits) : likeTwin(set, twin);
    }),
    channels.filter(({ headerSets }) => headerSets.length > 1).map((channel) => severalSets(channel)),
  );
  const runtime = [
    ...[
      'headerFault',
      'isFault',
      'newTraceparent',
      'readAscii',
      'readBoolean',
      'readInteger',
      'readJsonText',
      'readNumber',
    ],
    ...['readOneOf', 'readText', 'readTraceparent', 'readUint16', 'readUuid', 'uint16Fault', 'writeUint16'],
  ];
  return paragraphs(
    [
      banner(contract),
      importTypes(usedIn(code, ['Fault', 'HeaderValue', 'RecordHeaders']), './record.js'),
      imports(usedIn(code, runtime), './runtime.js'),
      importTypes(usedIn(code, ['TextForm']), './runtime.js'),
    ].join('\n'),
    code.includes('newTraceparent') ? `export { newTraceparent };` : '',
    code,
    code === '\n' ? 'export {};' : '',
  );
}

/** A client accepts any text where newer services may send values that the document does not list. */
const withOpenValues = (trait) => ({
  ...trait,
  headers: trait.headers.map((header) =>
    header.isOpen ? { ...header, values: undefined, knownValues: header.values } : header,
  ),
});

/** Declares each type of values once. */
const valueTypes = ({ headers }, declared) =>
  headers
    .filter(({ values, knownValues, title }) => (values ?? knownValues) && title && !declared.has(title))
    .map((header) => {
      declared.add(header.title);
      return header;
    })
    .map((header) => `${header.doc}\nexport type ${header.title} = ${valuesUnion(header)};`);

const valuesUnion = ({ values, knownValues }) =>
  [...(values ?? knownValues).map(literal), ...(values === undefined ? ['(string & {})'] : [])].join(' | ');

function traitInterface({ typeName, headers }) {
  const fields = headers.map((header) => {
    const { name, doc, always } = header;
    return `${doc}\nreadonly ${literal(name)}${always ? '' : '?'}: ${valueType(header)}${always ? '' : ' | undefined'};`;
  });
  return `export interface ${typeName} {\n${fields.join('\n')}\n}`;
}

function valueType(header) {
  const { encoding, values, knownValues, title } = header;
  if (['uint16be', 'integer', 'number'].includes(encoding)) return 'number';
  if (encoding === 'boolean') return 'boolean';
  if (encoding === 'json') return 'unknown';
  return (values ?? knownValues) === undefined ? 'string' : (title ?? valuesUnion(header));
}

// The reader of another encoding checks its format itself.
const isFormText = ({ encoding, values }) => (encoding === 'text' || encoding === 'tracestate') && values === undefined;

const formOf = ({ pattern, maxLength, maxMembers }) =>
  [
    pattern === undefined ? '' : `pattern: ${new RegExp(pattern)}`,
    maxLength === undefined ? '' : `maxLength: ${literal(maxLength)}`,
    maxMembers === undefined ? '' : `maxMembers: ${literal(maxMembers)}`,
  ].filter((part) => part !== '');

const hasForm = (header) => isFormText(header) && formOf(header).length > 0;

/** Two traits may have headers of one name, and variables have the names of headers. */
const formName = ({ typeName, headers }, name) =>
  `${typeName}_${variablesOf(headers).get(name)}`.replace(/Headers_/, '_').toUpperCase() + '_FORM';

const forms = (trait) =>
  trait.headers
    .filter(hasForm)
    .map((header) => `const ${formName(trait, header.name)}: TextForm = { ${formOf(header).join(', ')} };`)
    .join('\n');

const FORMS = {
  text: 'text of its form',
  tracestate: 'text of its form',
  traceparent: 'a W3C traceparent',
  integer: 'a decimal integer of at most 2^53',
  number: 'a decimal number',
  boolean: 'true or false',
  json: 'JSON',
  uuid: 'a UUID',
};

/** Returns the format of a required header in words. */
function formInWords({ encoding, values, maxLength }) {
  if (values !== undefined) return `one of ${values.join(', ')}`;
  if (encoding !== 'ascii') return FORMS[encoding];
  return maxLength === undefined ? 'ASCII text, not empty' : `ASCII text of 1 to ${maxLength} characters`;
}

const READERS = {
  uuid: 'readUuid',
  ascii: 'readAscii',
  uint16be: 'readUint16',
  traceparent: 'readTraceparent',
  integer: 'readInteger',
  number: 'readNumber',
  boolean: 'readBoolean',
  json: 'readJsonText',
};

function reader(trait, header) {
  const { name, encoding, values, maxLength } = header;
  const access = `headers[${literal(name)}]`;
  if (values !== undefined) return `readOneOf(${access}, ${literal(values)})`;
  const limit = encoding === 'ascii' && maxLength !== undefined ? `, ${literal(maxLength)}` : '';
  return `${READERS[encoding] ?? 'readText'}(${access}${hasForm(header) ? `, ${formName(trait, name)}` : limit})`;
}

const field = (name, value) => (name === value ? name : `${literal(name)}: ${value}`);

/** Whether a malformed one is a fault though the header may be absent: its notation is that of no other value. */
const isStrict = ({ encoding }) => ['integer', 'number', 'boolean', 'json'].includes(encoding);

const isFallible = ({ headers }) => headers.some((header) => header.required || isStrict(header));

function traitDecoder(trait, isExported) {
  const { typeName, headers } = trait;
  const variables = variablesOf(headers);
  const traceparent = headers.find(({ encoding, required }) => encoding === 'traceparent' && !required);
  const reads = headers.flatMap((header) => {
    const { name, encoding, required } = header;
    if (header === traceparent) return [`const ${variables.get(name)} = ${reader(trait, header)};`];
    if (!required && !isStrict(header)) return [];
    const access = `${literal(name)}, headers[${literal(name)}]`;
    const fault =
      encoding === 'uint16be' ? `uint16Fault(${access})` : `headerFault(${access}, ${literal(formInWords(header))})`;
    const isPresent = required ? '' : ` && headers[${literal(name)}] !== undefined`;
    return [
      `const ${variables.get(name)} = ${reader(trait, header)};`,
      `if (${variables.get(name)} === undefined${isPresent}) return ${fault};`,
    ];
  });
  const fields = headers.map((header) => {
    if (header.required || isStrict(header)) return field(header.name, variables.get(header.name));
    if (header === traceparent) return field(header.name, `${variables.get(header.name)} ?? newTraceparent()`);
    if (header.encoding !== 'tracestate' || traceparent === undefined) return field(header.name, reader(trait, header));
    return field(
      header.name,
      `${variables.get(traceparent.name)} === undefined ? undefined : ${reader(trait, header)}`,
    );
  });
  const comment = isFallible({ headers })
    ? '/** Returns as a fault the first header that is missing, malformed or repeated. */'
    : `/** A header that is malformed or repeated counts as absent.${traceparent ? ' Without a trace a new one starts.' : ''} */`;
  return `${comment}
${isExported ? 'export ' : ''}function decode${typeName}(headers: RecordHeaders): ${typeName}${isFallible({ headers }) ? ' | Fault' : ''} {
${reads.join('\n')}
return { ${fields.join(', ')} };
}`;
}

function traitEncoder({ typeName, headers }, exported) {
  const value = (header) => {
    const access = `headers${member(header.name)}`;
    return written(header, access);
  };
  const always = headers.filter((header) => header.always).map((header) => field(header.name, value(header)));
  const optional = headers
    .filter((header) => !header.always)
    .map((header) => {
      return `if (headers${member(header.name)} !== undefined) record[${literal(header.name)}] = ${value(header)};`;
    });
  const body =
    optional.length === 0
      ? `return { ${always.join(', ')} };`
      : `const record: Record<string, HeaderValue> = { ${always.join(', ')} };\n${optional.join('\n')}\nreturn record;`;
  const doc = exported ? '/** Encodes them as the headers of a record. */\nexport ' : '';
  return `${doc}function encode${typeName}(headers: ${typeName}): Record<string, HeaderValue> {\n${body}\n}`;
}

/** Returns the expression that writes a value. */
function written({ encoding }, access) {
  if (encoding === 'uint16be') return `writeUint16(${access})`;
  if (encoding === 'json') return `JSON.stringify(${access})`;
  return ['integer', 'number', 'boolean'].includes(encoding) ? `String(${access})` : access;
}

/** Whether a set has the same headers as an earlier one, and so the same codec. */
const isTwin = (one, other) => one.traits.length > 1 && one.traits.join() === other.traits.join();

const likeTwin = (
  { typeName, channel },
  twin,
) => `/** The headers of the messages of ${channel.name}: the same as those of ${twin.channel.name}. */
export type ${typeName} = ${twin.typeName};
export const decode${typeName} = decode${twin.typeName};
export const encode${typeName} = encode${twin.typeName};`;

function headerSet({ typeName, traits: names, channel }, traits) {
  const own = names.map((name) => traits.find((trait) => trait.typeName === name));
  const type = names.length > 0 ? names.join(' & ') : 'Readonly<Record<string, never>>';
  // A set with one trait may have the trait's name: then it uses the trait's type and codec.
  const isTrait = type === typeName;
  const doc = `/** The headers of the messages of ${channel.name}. */`;
  const encoded = merged(own.map((trait) => `encode${trait.typeName}(headers)`));
  const isEncoded = channel.headersType === typeName;
  return [
    isTrait ? '' : `${doc}\nexport type ${typeName} = ${type};`,
    isTrait || own.length === 0 ? '' : setDecoder(typeName, own),
    isTrait || own.length === 0 || !isEncoded
      ? ''
      : `/** Encodes them as the headers of a record, without those that are undefined. */
export function encode${typeName}(headers: ${typeName}): Record<string, HeaderValue> {
return ${encoded};
}`,
  ];
}

/** The headers of a channel whose messages have different ones. */
function severalSets({ headersType, headerSets, headers, name }) {
  const fields = headers.map((header) => {
    const access = `given[${literal(header.name)}]`;
    const value =
      header.encoding === 'uint16be'
        ? `writeUint16(Number(${access}))`
        : header.encoding === 'json'
          ? written(header, access)
          : `String(${access})`;
    return `...(${access} === undefined ? undefined : { ${literal(header.name)}: ${value} }),`;
  });
  return `/** The headers of any message of ${name}. */
export type ${headersType} = ${headerSets.map(({ typeName }) => typeName).join(' | ')};

/** Encodes them as the headers of a record, without those that are undefined. */
export function encode${headersType}(headers: ${headersType}): Record<string, HeaderValue> {
  const given: Readonly<Record<string, unknown>> = { ...headers };
  return { ${fields.join('\n')} };
}`;
}

function setDecoder(typeName, traits) {
  const local = ({ typeName: name }) => variable(name.charAt(0).toLowerCase() + name.slice(1));
  const decode = (trait) => `decode${trait.typeName}(headers)`;
  const checked = traits.length > 1 ? traits.filter(isFallible) : [];
  const reads = checked.map((trait) => {
    return `const ${local(trait)} = ${decode(trait)};\nif (isFault(${local(trait)})) return ${local(trait)};`;
  });
  const parts = traits.map((trait) => (checked.includes(trait) ? local(trait) : decode(trait)));
  return `/** Decodes them from the headers of a record; the first required one that is missing or malformed is the fault. */
export function decode${typeName}(headers: RecordHeaders): ${typeName} | Fault {
${reads.join('\n')}
return ${merged(parts)};
}`;
}

const merged = (parts) => (parts.length === 1 ? parts[0] : `{ ${parts.map((part) => `...${part}`).join(', ')} }`);
