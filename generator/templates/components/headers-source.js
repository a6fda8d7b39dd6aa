import { BANNER, imports, importTypes, literal, member, paragraphs, pascal, usedIn, variable } from './source.js';

/** Generates an interface and a codec per trait, and for each channel the headers of its messages: its traits combined. */
export function headersSource({ channels, traits }) {
  const read = new Set(channels.filter(({ opaque }) => !opaque).flatMap((channel) => channel.traits));
  const code = paragraphs(
    traits.map((trait) => [
      ...valueTypes(trait),
      traitInterface(trait),
      ...(read.has(trait.typeName) ? [forms(trait), traitDecoder(trait)] : []),
      traitEncoder(
        trait,
        channels.some(({ headersType }) => headersType === trait.typeName),
      ),
    ]),
    channels.map((channel, index) => {
      const twin = channels.slice(0, index).find((other) => isTwin(other, channel));
      return twin === undefined ? channelHeaders(channel, traits) : likeTwin(channel, twin);
    }),
  );
  const runtime = [
    ...['headerFault', 'isFault', 'newTraceparent', 'readAscii', 'readOneOf', 'readText', 'readTraceparent'],
    ...['readUint16', 'readUuid', 'uint16Fault', 'writeUint16'],
  ];
  return paragraphs(
    [
      BANNER,
      importTypes(usedIn(code, ['Fault', 'HeaderValue', 'RecordHeaders']), './record.ts'),
      imports(usedIn(code, runtime), './runtime.ts'),
      importTypes(usedIn(code, ['TextForm']), './runtime.ts'),
    ].join('\n'),
    code.includes('newTraceparent') ? `export { newTraceparent };` : '',
    code,
  );
}

const valueTypes = ({ headers }) =>
  headers
    .filter(({ values, title }) => values && title)
    .map(({ title, values, doc }) => `${doc}\nexport type ${title} = ${values.map(literal).join(' | ')};`);

function traitInterface({ typeName, headers }) {
  const fields = headers.map((header) => {
    const { name, doc, always } = header;
    return `${doc}\nreadonly ${literal(name)}${always ? '' : '?'}: ${valueType(header)}${always ? '' : ' | undefined'};`;
  });
  return `export interface ${typeName} {\n${fields.join('\n')}\n}`;
}

function valueType({ encoding, values, title }) {
  if (encoding === 'uint16be') return 'number';
  if (values === undefined) return 'string';
  return title ?? values.map(literal).join(' | ');
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

const formName = (name) => variable(name).toUpperCase();

const forms = ({ headers }) =>
  headers
    .filter(hasForm)
    .map((header) => `const ${formName(header.name)}: TextForm = { ${formOf(header).join(', ')} };`)
    .join('\n');

const FORMS = {
  text: 'text of its form',
  tracestate: 'text of its form',
  traceparent: 'a W3C traceparent',
  uuid: 'a UUID',
};

/** Returns the format of a required header in words. */
function formInWords({ encoding, values, maxLength }) {
  if (values !== undefined) return `one of ${values.join(', ')}`;
  if (encoding !== 'ascii') return FORMS[encoding];
  return maxLength === undefined ? 'ASCII text, not empty' : `ASCII text of 1 to ${maxLength} characters`;
}

const READERS = { uuid: 'readUuid', ascii: 'readAscii', uint16be: 'readUint16', traceparent: 'readTraceparent' };

function reader(header) {
  const { name, encoding, values, maxLength } = header;
  const access = `headers[${literal(name)}]`;
  if (values !== undefined) return `readOneOf(${access}, ${literal(values)})`;
  const limit = encoding === 'ascii' && maxLength !== undefined ? `, ${literal(maxLength)}` : '';
  return `${READERS[encoding] ?? 'readText'}(${access}${hasForm(header) ? `, ${formName(name)}` : limit})`;
}

const field = (name, value) => (name === value ? name : `${literal(name)}: ${value}`);

const isFallible = ({ headers }) => headers.some((header) => header.required);

function traitDecoder({ typeName, headers }) {
  const trace = headers.find(({ encoding, required }) => encoding === 'traceparent' && !required);
  const reads = headers.flatMap((header) => {
    const { name, encoding, required } = header;
    if (header === trace) return [`const ${variable(name)} = ${reader(header)};`];
    if (!required) return [];
    const access = `${literal(name)}, headers[${literal(name)}]`;
    const fault =
      encoding === 'uint16be' ? `uint16Fault(${access})` : `headerFault(${access}, ${literal(formInWords(header))})`;
    return [`const ${variable(name)} = ${reader(header)};`, `if (${variable(name)} === undefined) return ${fault};`];
  });
  const fields = headers.map((header) => {
    if (header.required) return field(header.name, variable(header.name));
    if (header === trace) return field(header.name, `${variable(header.name)} ?? newTraceparent()`);
    if (header.encoding !== 'tracestate' || trace === undefined) return field(header.name, reader(header));
    return field(header.name, `${variable(trace.name)} === undefined ? undefined : ${reader(header)}`);
  });
  const comment = isFallible({ headers })
    ? '/** Returns as a fault the first header that is missing, malformed or repeated. */'
    : `/** A header that is malformed or repeated counts as absent.${trace ? ' Without a trace a new one starts.' : ''} */`;
  return `${comment}
function decode${typeName}(headers: RecordHeaders): ${typeName}${isFallible({ headers }) ? ' | Fault' : ''} {
${reads.join('\n')}
return { ${fields.join(', ')} };
}`;
}

function traitEncoder({ typeName, headers }, exported) {
  const value = (header) => {
    const access = `headers${member(header.name)}`;
    return header.encoding === 'uint16be' ? `writeUint16(${access})` : access;
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

/** Whether a channel has the same headers as an earlier one, and so the same codec. */
const isTwin = (one, other) =>
  one.traits.length > 1 && !one.opaque && !other.opaque && one.traits.join() === other.traits.join();

const likeTwin = (
  { name, headersType },
  twin,
) => `/** The headers of the messages of ${name}: the same as those of ${twin.name}. */
export type ${headersType} = ${twin.headersType};
export const decode${pascal(name)}Headers = decode${pascal(twin.name)}Headers;
export const encode${pascal(name)}Headers = encode${pascal(twin.name)}Headers;`;

function channelHeaders({ name, headersType, traits: names, opaque }, traits) {
  const own = names.map((typeName) => traits.find((trait) => trait.typeName === typeName));
  const type = names.length > 0 ? names.join(' & ') : 'Readonly<Record<string, never>>';
  // A channel with one trait may have the trait's name: then it uses the trait's type and encoder.
  const isTrait = type === headersType;
  const doc = `/** The headers of the messages of ${name}. */`;
  const encoded = merged(own.map(({ typeName }) => `encode${typeName}(headers)`));
  return [
    isTrait ? '' : `${doc}\nexport type ${headersType} = ${type};`,
    opaque || own.length === 0 ? '' : channelDecoder(name, headersType, own),
    isTrait || own.length === 0
      ? ''
      : `/** Encodes them as the headers of a record, without those that are undefined. */
export function encode${pascal(name)}Headers(headers: ${headersType}): Record<string, HeaderValue> {
return ${encoded};
}`,
  ];
}

function channelDecoder(name, headersType, traits) {
  const local = ({ typeName }) => typeName.charAt(0).toLowerCase() + typeName.slice(1);
  const decode = ({ typeName }) => `decode${typeName}(headers)`;
  const checked = traits.length > 1 ? traits.filter(isFallible) : [];
  const reads = checked.map((trait) => {
    return `const ${local(trait)} = ${decode(trait)};\nif (isFault(${local(trait)})) return ${local(trait)};`;
  });
  const parts = traits.map((trait) => (checked.includes(trait) ? local(trait) : decode(trait)));
  return `/** Decodes them from the headers of a record; the first required one that is missing or malformed is the fault. */
export function decode${pascal(name)}Headers(headers: RecordHeaders): ${headersType} | Fault {
${reads.join('\n')}
return ${merged(parts)};
}`;
}

const merged = (parts) => (parts.length === 1 ? parts[0] : `{ ${parts.map((part) => `...${part}`).join(', ')} }`);
