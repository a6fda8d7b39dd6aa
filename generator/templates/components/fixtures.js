import { banner, importTypes, literal, paragraphs } from './source.js';

/** Generates the document's examples, each with the type of its message. */
export function fixtures(contract) {
  const { channels } = contract;
  const typed = channels.flatMap((channel) => channel.messages.map((message) => ({ channel, message })));
  return paragraphs(
    [
      banner(contract),
      importTypes(
        channels.map((channel) => channel.headersType),
        './headers.js',
      ),
      ...payloadImports(channels),
    ].join('\n'),
    `export interface Example<Payload, Headers> {
  readonly name: string;
  readonly summary: string;
  readonly headers: Headers;
  readonly payload: Payload;
}`,
    typed.map(exampleList),
    `/** All examples, by message. */
export const examples = [
${typed.map(entry).join('\n')}
] as const;`,
  );
}

/** Each type is imported from the file that declares it. */
function payloadImports(channels) {
  const names = new Map();
  for (const { format, messages } of channels) {
    for (const { payloadType, homeFile } of format === 'json' ? messages : []) {
      names.set(homeFile, [...(names.get(homeFile) ?? []), payloadType]);
    }
  }
  return [...names].map(([fileName, types]) => importTypes(types, `./messages/${fileName}.js`));
}

const listName = ({ examplesName }) => `${examplesName}Examples`;

function exampleList({ channel, message }) {
  const isText = message.examples.every(({ payload }) => typeof payload === 'string');
  const type = channel.format === 'json' ? message.payloadType : isText ? 'string' : 'unknown';
  const items = message.examples.map(({ name = '', summary = '', headers = {}, payload }) =>
    literal({ name, summary, headers, payload: payload ?? null }),
  );
  return `export const ${listName(message)}: readonly Example<${type}, ${channel.headersType}>[] = ([${items.join(', ')}] as unknown) as readonly Example<${type}, ${channel.headersType}>[];`;
}

function entry({ channel, message }) {
  return `{ channel: ${literal(channel.name)}, message: ${literal(message.component)}, type: ${typeOf(channel, message)}, examples: ${listName(message)} },`;
}

/** The value that distinguishes the message, if there is one. */
const typeOf = ({ apart }, { types }) =>
  apart.by === 'field' || apart.by === 'header' ? literal(types[0]) : 'undefined';
