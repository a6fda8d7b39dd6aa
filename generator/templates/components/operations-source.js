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
    `/** Where messages have the id that correlates them with their answers: a runtime expression of AsyncAPI, by channel and message. */
export const correlationIds: Readonly<Record<string, Readonly<Record<string, string>>>> = {
${channels.map(correlated).filter(Boolean).join('\n')}
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

function correlated({ name, messages }) {
  const ids = messages.filter(({ correlationId }) => correlationId !== undefined);
  const entries = ids.map(({ component, correlationId }) => `${literal(component)}: ${literal(correlationId)}`);
  return ids.length === 0 ? '' : `${name}: { ${entries.join(', ')} },`;
}
