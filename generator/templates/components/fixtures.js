import { BANNER, importTypes, literal, paragraphs } from './source.js';

/** Generates the document's examples, each with the type of its message. */
export function fixtures({ channels }) {
  const typed = channels.flatMap((channel) => channel.messages.map((message) => ({ channel, message })));
  return paragraphs(
    [
      BANNER,
      importTypes(
        channels.map((channel) => channel.headersType),
        './headers.ts',
      ),
      ...channels
        .filter(({ opaque }) => !opaque)
        .map(({ messages, fileName }) =>
          importTypes(
            messages.map((message) => message.payloadType),
            `./messages/${fileName}.ts`,
          ),
        ),
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

const listName = ({ constructorName }) => `${constructorName}Examples`;

function exampleList({ channel, message }) {
  const payload = channel.opaque ? 'string' : message.payloadType;
  const items = message.examples.map(({ name = '', summary = '', headers = {}, payload }) =>
    literal({ name, summary, headers, payload }),
  );
  return `export const ${listName(message)}: readonly Example<${payload}, ${channel.headersType}>[] = [${items.join(', ')}];`;
}

function entry({ channel, message }) {
  return `{ channel: ${literal(channel.name)}, message: ${literal(message.component)}, type: ${literal(message.type)}, examples: ${listName(message)} },`;
}
