import { banner, importTypes, literal, member, paragraphs, pascal, RESERVED } from './source.js';

/** Generates the types of a channel's messages, their union, and handlers (received) or constructors (sent). Uses no Node API. */
export function messageTypes(contract, channel) {
  const { direction, messages, models, foreignTypes, reexports } = channel;
  const sent = direction === 'receive' ? [] : messages.filter(isFirstOfType);
  return paragraphs(
    [banner(contract), ...foreignTypes.map(({ names, fileName }) => importTypes(names, `./${fileName}.js`))].join('\n'),
    reexports.length === 0 ? '' : `export type { ${reexports.join(', ')} };`,
    models,
    union(channel),
    direction === 'send' ? '' : handlers(channel),
    sent.map((message) => constructor(channel, message)),
  );
}

/** A channel may list one type of payload several times. */
const isFirstOfType = (message, index, messages) =>
  messages.findIndex(({ constructorName }) => constructorName === message.constructorName) === index;

function union({ union, doc, messages }) {
  const types = [...new Set(messages.map((message) => message.payloadType))];
  return types.includes(union) ? '' : `${doc}\nexport type ${union} = ${types.join(' | ')};`;
}

function handlers(channel) {
  const { name, union, apart } = channel;
  if (apart.by === 'nothing') {
    return `/** Handles a message of the channel. */
export type ${pascal(name)}Handler<Context, Outcome> = (message: ${union}, context: Context) => Outcome;`;
  }
  return apart.by === 'field' ? fieldHandlers(channel) : namedHandlers(channel);
}

/** Handlers of messages whose payload has their type. */
function fieldHandlers({ name, union, apart, messages }) {
  const field = literal(apart.name);
  const call = (type) => `return handlers${member(type)}(message, context);`;
  const types = messages.flatMap((message) => message.types);
  // A message with several values is none of those that have only one of them.
  const isSimple = messages.every((message) => message.types.length === 1);
  const entries = messages.flatMap(({ types: own, payloadType }) =>
    own.map((type) => `readonly ${literal(type)}: (message: ${payloadType}, context: Context) => Outcome;`),
  );
  const body =
    types.length === 1
      ? call(types[0])
      : `switch (message${member(apart.name)}) { ${types.map((type) => `case ${literal(type)}: ${call(type)}`).join('\n')} }`;
  return `/** One handler for each type of message: an object that lacks one does not compile. */
export type ${pascal(name)}Handlers<Context, Outcome> = {
  ${isSimple ? `readonly [T in ${union}[${field}]]: (message: Extract<${union}, { readonly ${field}: T }>, context: Context) => Outcome;` : entries.join('\n')}
};

/** Calls the handler for the type of a message. */
export function dispatch${pascal(name)}<Context, Outcome>(
  handlers: ${pascal(name)}Handlers<Context, Outcome>,
  message: ${union},
  context: Context,
): Outcome {
  ${body}
}`;
}

/** Handlers of messages whose type is not in the payload: the type comes with the decoded message. */
function namedHandlers({ name, apart, messages }) {
  const typed = messages.flatMap((message, index) => {
    if (apart.by === 'trial') {
      const isFirst = messages.findIndex(({ payloadType }) => payloadType === message.payloadType) === index;
      return isFirst ? [[message.component, message.payloadType]] : [];
    }
    return message.types.map((type) => [type, message.payloadType]);
  });
  const cases = typed.map(
    ([type, payloadType]) =>
      `case ${literal(type)}: return handlers${member(type)}(message as ${payloadType}, context);`,
  );
  return `/** One handler for each message, by its name: an object that lacks one does not compile. */
export interface ${pascal(name)}Handlers<Context, Outcome> {
${typed.map(([type, payloadType]) => `readonly ${literal(type)}: (message: ${payloadType}, context: Context) => Outcome;`).join('\n')}
}

/**
 * Calls the handler of a decoded message.
 *
 * @throws {Error} if the message was not decoded by this channel.
 */
export function dispatch${pascal(name)}<Context, Outcome>(
  handlers: ${pascal(name)}Handlers<Context, Outcome>,
  { type, message }: { readonly type?: string; readonly message: unknown },
  context: Context,
): Outcome {
  switch (type) {
    ${cases.join('\n')}
    default: throw new Error('the channel has no message ' + String(type));
  }
}`;
}

/** Generates a constructor that copies field by field: no other field is sent, and the order is the document's. */
function constructor(channel, { constructorName, payloadType, payload, doc }) {
  if (!isPlain(payload)) {
    return `${doc}
export function ${constructorName}(message: ${payloadType}): ${payloadType} {
  return message;
}`;
  }
  const properties = Object.entries(payload.properties ?? {});
  const isKnown = ([name, property]) =>
    payload.required?.includes(name) && (property.const !== undefined || isEmpty(property));
  const known = properties.filter(isKnown).map(([name]) => name);
  const fields = properties.map(([name]) => name).filter((name) => !known.includes(name));
  const given = known.length === 0 ? payloadType : `Omit<${payloadType}, ${known.map(literal).join(' | ')}>`;
  if (fields.length === 0) {
    return `${doc}
export function ${constructorName}(): ${payloadType} {
  return ${objectOf(payload, () => '')};
}`;
  }
  const isDestructured = fields.every((name) => /^[A-Za-z_$][\w$]*$/.test(name) && !RESERVED.has(name));
  const parameter = isDestructured ? `{ ${fields.join(', ')} }` : 'fields';
  const access = isDestructured ? (name) => name : (name) => `fields${member(name)}`;
  return `${doc}
export function ${constructorName}(${parameter}: ${given}): ${payloadType} {
  return ${objectOf(payload, access)};
}`;
}

const COMBINATIONS = ['allOf', 'anyOf', 'oneOf', 'if', 'patternProperties'];

/** Whether an object has no other fields than those that its schema lists. */
const isPlain = (schema) =>
  schema.type === 'object' &&
  Object.keys(schema.properties ?? {}).length > 0 &&
  COMBINATIONS.every((keyword) => schema[keyword] === undefined) &&
  (schema.additionalProperties === undefined || schema.additionalProperties === false);

/** Whether an object can have no field, so that callers need not give it. */
const isEmpty = ({ type, properties = {}, additionalProperties }) =>
  type === 'object' && Object.keys(properties).length === 0 && additionalProperties === false;

/** Deeper objects are copied as they are. */
const MAX_DEPTH = 4;

function objectOf(schema, access, outer = []) {
  const fields = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const isRequired = schema.required?.includes(name);
    if (isRequired && property.const !== undefined) return `${literal(name)}: ${literal(property.const)}`;
    const source = access(name);
    // A schema within itself is copied as it is.
    const nested =
      (isPlain(property) && outer.length < MAX_DEPTH && !outer.includes(property)) || (isRequired && isEmpty(property));
    const value = nested ? objectOf(property, (inner) => source + member(inner), [...outer, schema]) : source;
    const field = value === name ? name : `${literal(name)}: ${value}`;
    return isRequired ? field : `...(${source} === undefined ? undefined : { ${field} })`;
  });
  return `{ ${fields.join(', ')} }`;
}
