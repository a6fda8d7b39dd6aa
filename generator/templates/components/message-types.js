import { BANNER, literal, member, paragraphs, pascal } from './source.js';

/** Generates the types of a channel's messages, their union, and handlers (received) or constructors (sent). Uses no Node API. */
export function messageTypes(channel) {
  return paragraphs(
    BANNER,
    channel.models.map((model) => model.code),
    union(channel),
    channel.direction === 'receive'
      ? handlers(channel)
      : channel.messages.map((message) => constructor(channel, message)),
  );
}

function union({ union, doc, messages }) {
  if (messages.length === 1 && messages[0].payloadType === union) return '';
  return `${doc}\nexport type ${union} = ${messages.map((message) => message.payloadType).join(' | ')};`;
}

function handlers({ name, union, discriminator, messages }) {
  if (discriminator === undefined) {
    return `/** Handles a message of the channel. */
export type ${pascal(name)}Handler<Context, Outcome> = (message: ${union}, context: Context) => Outcome;`;
  }
  const type = literal(discriminator);
  const call = (message) => `return handlers${member(message.type)}(message, context);`;
  const cases = messages.map((message) => `case ${literal(message.type)}: ${call(message)}`);
  const body =
    messages.length === 1 ? call(messages[0]) : `switch (message${member(discriminator)}) { ${cases.join('\n')} }`;
  return `/** One handler for each type of message: an object that lacks one does not compile. */
export type ${pascal(name)}Handlers<Context, Outcome> = {
  readonly [T in ${union}[${type}]]: (message: Extract<${union}, { readonly ${discriminator}: T }>, context: Context) => Outcome;
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

/** Generates a constructor that copies field by field: no other field is sent, and the order is the document's. */
function constructor(channel, { constructorName, payloadType, payload, doc }) {
  const properties = Object.entries(payload.properties ?? {});
  const isKnown = ([name, property]) =>
    property.const !== undefined || (isEmpty(property) && payload.required?.includes(name));
  const known = properties.filter(isKnown).map(([name]) => name);
  const fields = properties.map(([name]) => name).filter((name) => !known.includes(name));
  const given = known.length === 0 ? payloadType : `Omit<${payloadType}, ${known.map(literal).join(' | ')}>`;
  return `${doc}
export function ${constructorName}({ ${fields.join(', ')} }: ${given}): ${payloadType} {
  return ${objectOf(payload, (name) => name)};
}`;
}

/** Whether an object can have no field, so that callers need not give it. */
const isEmpty = ({ type, properties = {} }) => type === 'object' && Object.keys(properties).length === 0;

function objectOf(schema, access) {
  const fields = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    if (property.const !== undefined) return `${literal(name)}: ${literal(property.const)}`;
    const source = access(name);
    const nested = property.properties !== undefined || isEmpty(property);
    const value = nested ? objectOf(property, (inner) => source + member(inner)) : source;
    const field = value === name ? name : `${literal(name)}: ${value}`;
    return schema.required?.includes(name) ? field : `...(${source} === undefined ? undefined : { ${field} })`;
  });
  return `{ ${fields.join(', ')} }`;
}
