/**
 * Makes the input of the templates: the document's channels, messages and headers, with their names in code. Everything that a
 * template would have to decide twice is decided here.
 */
import { ContractError } from './document.ts';
import type { ChannelObject, LoadedDocument, MessageObject, Schema } from './document.ts';
import { lostHeaders, nameClashes, nameless } from './faults.ts';
import type { ContractChannel, Contract, Header, Key, ContractMessage, Trait, HeaderEncoding } from './shape.ts';
import { camelCase, commonLastWord, docComment, html, kebabCase, pascalCase } from './words.ts';

const HEADER_ENCODINGS: readonly string[] = ['uuid', 'ascii', 'uint16be', 'traceparent', 'tracestate'];
const KEY_ENCODING = 'uint32le-padded';

/** Reads the contract from a document. @throws {ContractError} with all its faults. */
export function contractOf({ resolved, raw }: Pick<LoadedDocument, 'resolved' | 'raw'>, source: string): Contract {
  const faults: string[] = [];
  const directions = new Map<string, 'receive' | 'send'>();
  for (const { action, channel } of Object.values(raw.operations ?? {})) {
    const name = lastSegment(channel?.$ref);
    if (name !== undefined) directions.set(name, action === 'send' ? 'send' : 'receive');
  }
  // Traits may carry other things than headers.
  const headerTraits = Object.entries(resolved.components?.messageTraits ?? {}).filter(([, trait]) => trait.headers);
  const traitsOf = (channel: string, message: string) =>
    traitNames(raw, channel, message).filter((name) => headerTraits.some(([trait]) => trait === name));

  const channels = Object.entries(resolved.channels ?? {}).map(([name, channel]): ContractChannel => {
    const at = (what: string) => faults.push(`channels.${name} ${what}`);
    const messages = Object.entries(channel.messages ?? {});
    const first = messages[0]?.[1];
    if (first === undefined) at('has no messages');
    const direction = directions.get(name);
    if (direction === undefined) at('has no operation, so it is neither sent nor received');
    if (channel['x-env'] === undefined) at('has no x-env');
    if (typeof channel.address !== 'string') at('has no address');
    if (channel.bindings?.kafka?.partitions === undefined) at('has no partitions in its kafka binding');

    const traits = new Set(messages.map(([component]) => traitsOf(name, component).join(' ')));
    if (traits.size > 1) at('has messages with different header traits');
    const keys = new Set(messages.map(([, message]) => JSON.stringify(message.bindings?.kafka?.key)));
    if (keys.size > 1) at('has messages with different keys');

    const opaque = !/[/+]json$/.test(first?.contentType ?? resolved.defaultContentType ?? 'application/json');
    const discriminator = first?.payload?.discriminator ?? fieldWithType(messages.map(([, message]) => message));
    if (discriminator === undefined && messages.length > 1) at('has several messages but no discriminator');
    const described = messages.map(([component, message]) =>
      messageOf(component, message, discriminator, (what) => faults.push(`messages.${component} ${what}`)),
    );
    return {
      name,
      title: channel.title ?? name,
      html: html(channel.summary, channel.description),
      fileName: kebabCase(name),
      doc: docComment(channel.summary, channel.description),
      direction: direction ?? 'receive',
      env: channel['x-env'] ?? '',
      address: channel.address ?? '',
      partitions: channel.bindings?.kafka?.partitions ?? 1,
      config: topicConfig(channel),
      unknownTypes: channel['x-unknown-types'] === 'skip' ? 'skip' : 'refuse',
      discriminator,
      union: unionName(name, described),
      headersType: `${pascalCase(name)}Headers`,
      headers: headersOf(first?.headers, (what) => at(what)),
      traits: traitsOf(name, messages[0]?.[0] ?? '').map(pascalCase),
      messages: described,
      key: keyOf(first, (what) => at(what)),
      opaque,
    };
  });

  const traits = headerTraits.map(([name, { headers }]): Trait => ({
    typeName: pascalCase(name),
    headers: headersOf(headers, (what) => faults.push(`messageTraits.${name} ${what}`)),
  }));
  faults.push(...nameClashes(channels), ...lostHeaders(channels, traits));
  if (faults.length > 0) throw new ContractError(source, [...new Set(faults)]);
  const { title = source, description } = resolved.info ?? {};
  return { title, html: html(description), channels, traits };
}

/**
 * Returns the required field that is a const text in each payload, a different one in each: if there are several, the one with the
 * names of the messages. A channel with one message needs no types, so there only its name is one.
 */
function fieldWithType(messages: readonly MessageObject[]): string | undefined {
  const typesIn = (field: string) =>
    messages.map(({ payload }) =>
      payload?.required?.includes(field) === true ? payload.properties?.[field]?.const : 0,
    );
  const fields = Object.keys(messages[0]?.payload?.properties ?? {}).filter((field) => {
    const types = typesIn(field);
    return types.every((type) => typeof type === 'string') && new Set(types).size === types.length;
  });
  const named = fields.find((field) => typesIn(field).every((type, index) => type === messages[index]?.name));
  return named ?? (messages.length > 1 ? fields[0] : undefined);
}

function messageOf(
  component: string,
  message: MessageObject,
  discriminator: string | undefined,
  fault: (what: string) => void,
): ContractMessage {
  const payload = message.payload ?? {};
  if (payload.title === undefined) fault('has a payload without a title');
  nameless(payload, 'payload').forEach((path) => {
    fault(`has a schema without a title at ${path}`);
  });
  const type = discriminator === undefined ? undefined : payload.properties?.[discriminator]?.const;
  if (discriminator !== undefined && typeof type !== 'string') fault(`has no const ${discriminator}`);
  if (typeof type === 'string' && type !== message.name) fault(`is named ${message.name ?? ''} but has type ${type}`);
  return {
    component,
    constructorName: camelCase(component),
    doc: docComment(message.summary, message.description),
    html: html(message.summary, message.description),
    type: typeof type === 'string' ? type : undefined,
    payloadType: payload.title ?? component,
    payload,
    headers: message.headers ?? { type: 'object', properties: {} },
    examples: message.examples ?? [],
  };
}

/** `orderStatus` of `PaidEvent | ...` carries an `OrderStatusEvent`, `orderCommand` of `PayCommand | ...` an `OrderCommand`. */
function unionName(channel: string, messages: readonly ContractMessage[]): string {
  const kind = commonLastWord(messages.map((message) => message.payloadType)) ?? 'Message';
  const name = pascalCase(channel);
  return name.endsWith(kind) ? name : name + kind;
}

function headersOf(schema: Schema | undefined, fault: (what: string) => void): Header[] {
  return Object.entries(schema?.properties ?? {}).map(([name, header]) => {
    const encoding = header['x-encoding'] ?? 'text';
    if (encoding !== 'text' && !HEADER_ENCODINGS.includes(encoding))
      fault(`has header ${name} of x-encoding ${encoding}`);
    if (header.type !== 'string' && encoding !== 'uint16be')
      fault(`has header ${name} that is no text and has no x-encoding`);
    // A read-only header is set on sending: it is not given by the code that makes the message, nor required by a reader.
    const required = schema?.required?.includes(name) === true && header.readOnly !== true;
    return {
      name,
      doc: docComment(header.description),
      html: html(header.description),
      encoding: encoding as HeaderEncoding,
      required,
      // A trace starts here if the message has none.
      always: required || encoding === 'traceparent',
      pattern: header.pattern,
      maxLength: header.maxLength,
      maxMembers: header['x-max-members'],
      values: header.enum?.map(String),
      title: header.title,
    };
  });
}

function keyOf(message: MessageObject | undefined, fault: (what: string) => void): Key | undefined {
  const key = message?.bindings?.kafka?.key;
  if (key === undefined) return undefined;
  const field = key['x-key-field'];
  if (field === undefined || message?.payload?.required?.includes(field) !== true) {
    fault('has a key whose x-key-field is no required field of the payload');
  }
  if (key['x-encoding'] !== KEY_ENCODING) fault(`has a key whose x-encoding is not ${KEY_ENCODING}`);
  return { field: field ?? '', encoding: KEY_ENCODING, schema: key };
}

function topicConfig(channel: ChannelObject): Record<string, string> {
  const entries = Object.entries(channel.bindings?.kafka?.topicConfiguration ?? {});
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : String(value)]),
  );
}

function traitNames(raw: LoadedDocument['raw'], channel: string, message: string): string[] {
  const component = lastSegment(raw.channels?.[channel]?.messages?.[message]?.$ref) ?? message;
  const traits = raw.components?.messages?.[component]?.traits ?? [];
  return traits.flatMap((trait) => lastSegment(trait?.$ref) ?? []);
}

function lastSegment(reference: string | undefined): string | undefined {
  return reference?.split('/').at(-1);
}
