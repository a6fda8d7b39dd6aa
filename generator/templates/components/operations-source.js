import { banner, literal, paragraphs } from './source.js';

/** Generates the operations of the document: what is received and sent, by which group, and what answers it. */
export function operationsSource(contract) {
  const { operations, channels } = contract;
  return paragraphs(
    banner(contract),
    `/** An operation, seen from this code. */
export interface Operation {
  readonly action: 'receive' | 'send';
  /** The name of its channel. */
  readonly channel: string;
  /** The names of its messages. */
  readonly messages: readonly string[];
  /** The consumer group, if the contract names one. */
  readonly groupId?: string;
  /** What answers its messages. */
  readonly reply?: {
    /** The channel of the answers, if the contract names one. */
    readonly channel?: string;
    /** Where a message names the address of its answer: a runtime expression of AsyncAPI. */
    readonly address?: string;
    readonly messages: readonly string[];
  };
}`,
    `/** All operations of the contract, by id. */
export const operations = {
${operations.map(entry).join('\n')}
} as const satisfies Readonly<Record<string, Operation>>;`,
    `/** Where each message has the id that correlates it with its answers: a runtime expression of AsyncAPI, by the message's name. */
export const correlationIds: Readonly<Record<string, string>> = {
${[
  ...new Set(
    channels.flatMap(({ messages }) =>
      messages
        .filter(({ correlationId }) => correlationId !== undefined)
        .map(({ component, correlationId }) => `${literal(component)}: ${literal(correlationId)},`),
    ),
  ),
].join('\n')}
};`,
  );
}

function entry({ id, doc, action, channel, messages, groupId, reply }) {
  const fields = Object.entries({ action, channel, messages, groupId })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${literal(value)},`);
  if (reply !== undefined) {
    const answer = Object.entries(reply).filter(([, value]) => value !== undefined);
    fields.push(`reply: ${literal(Object.fromEntries(answer))},`);
  }
  return `${doc}\n${literal(id)}: { ${fields.join(' ')} },`.trim();
}
