/** Finds each message of a channel in the other version, by what readers find it by. */
import { distinctValues } from '../../discrimination.ts';
import type { ContractChannel, ContractMessage } from '../../shape.ts';
import { sentPayload } from '../records/sent.ts';
import { textOf } from '../schema/linked.ts';
import type { ServiceChannel, Use } from '../service.ts';

/** A message that one version uses, and what it is in the other version. */
export interface Match {
  readonly message: ContractMessage;
  readonly other: ContractMessage | undefined;
  /** Whether the other version uses it in the same direction. */
  readonly isUsed: boolean;
}

/** Returns all messages of a channel that one version uses so. */
export function matchedMessages(channel: ServiceChannel, others: ServiceChannel, use: Use): Match[] {
  const used = channel.contract.messages.filter(({ component }) => channel.uses[use]?.has(component) === true);
  return used.map((message) => {
    const other = counterpartOf(message, channel.contract.messages, others.contract);
    return { message, other, isUsed: other !== undefined && others.uses[use]?.has(other.component) === true };
  });
}

/** Returns the message that the readers of a channel take one of `rivals` for. */
function counterpartOf(
  message: ContractMessage,
  rivals: readonly ContractMessage[],
  channel: ContractChannel,
): ContractMessage | undefined {
  const { apart, messages } = channel;
  if (apart.by === 'field' || apart.by === 'header') {
    const types = typesFor(message, channel);
    if (types !== undefined) return messages.find((other) => other.types.some((type) => types.includes(type)));
    return named(message, messages) ?? (rivals.length === 1 ? messages[0] : undefined);
  }
  const [only] = messages;
  if (apart.by === 'nothing' && messages.length === 1 && only !== undefined) {
    // Of several messages, one that the reader does not distinguish is the one that it was before.
    return rivals.length === 1 || closest(only, rivals) === message ? only : undefined;
  }
  const match = closest(message, messages);
  return match !== undefined && closest(match, rivals) === message ? match : undefined;
}

/** Returns the constants of a message that a channel distinguishes messages by. */
export function typesFor(message: ContractMessage, { apart }: ContractChannel): readonly string[] | undefined {
  if (apart.by === 'field') return distinctValues([message.payload], apart.name)?.[0];
  if (apart.by === 'header') return distinctValues([message.headers], apart.name)?.[0];
  return undefined;
}

/** Returns the message with the same payload, else the one of the same name, else the only one. */
function closest(message: ContractMessage, others: readonly ContractMessage[]): ContractMessage | undefined {
  const text = textOf(sentPayload(message));
  const equal = others.filter((other) => textOf(sentPayload(other)) === text);
  const only = others.length === 1 ? others[0] : undefined;
  return named(message, equal) ?? equal[0] ?? named(message, others) ?? only;
}

const named = ({ component }: ContractMessage, others: readonly ContractMessage[]) =>
  others.find((other) => other.component === component);
