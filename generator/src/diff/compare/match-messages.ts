/** Finds each message of a channel in the other version, by what readers find it by. */
import { distinctValues } from '../../discrimination.ts';
import type { ContractChannel, ContractMessage } from '../../shape.ts';
import type { Location } from '../findings.ts';
import { basePayload, baseHeaders } from '../records/record.ts';
import { sentPayload } from '../records/sent.ts';
import type { Side } from '../records/side.ts';
import { isIncluded } from '../schema/proof/includes.ts';
import type { Use } from '../service.ts';
import type { ChannelPair, Comparison } from './comparison.ts';
import { closest, named, pairedMessages } from './pair-messages.ts';

/** A message that one version uses, and what it is in the other version. */
export interface Match {
  readonly message: ContractMessage;
  readonly other: ContractMessage | undefined;
  /** Whether the other version uses it in the same direction. */
  readonly isUsed: boolean;
}

/** Returns all messages of a channel that one version uses so. */
export function matchedMessages(
  comparison: Comparison,
  version: Location['version'],
  { before, after }: ChannelPair,
  use: Use,
): Match[] {
  const isOld = version === 'old';
  const [channel, others] = isOld ? [before, after] : [after, before];
  const own = channel.contract.messages.map((message) => comparison.side(version, channel, message, 'strict'));
  const rest = others.contract.messages.map((message) =>
    comparison.side(isOld ? 'new' : 'old', others, message, 'client'),
  );
  const isUsed = (side: Side) => side.channel.uses[use]?.has(side.message.component) === true;
  const counterpart = counterparts(own, rest, others.contract, isUsed);
  return own.flatMap((side): Match[] => {
    const { message } = side;
    if (channel.uses[use]?.has(message.component) !== true) return [];
    const other = counterpart(side);
    return [{ message, other, isUsed: other !== undefined && others.uses[use]?.has(other.component) === true }];
  });
}

/** Returns a function that finds the message which the readers of a channel take one of `rivals` for. */
function counterparts(
  rivals: readonly Side[],
  others: readonly Side[],
  channel: ContractChannel,
  isUsed: (side: Side) => boolean,
): (side: Side) => ContractMessage | undefined {
  const { apart, messages } = channel;
  if (apart.by === 'field' || apart.by === 'header') {
    return (side) => {
      const types = typesFor(side.message, channel);
      if (types !== undefined) return messages.find((other) => other.types.some((type) => types.includes(type)));
      return (
        named(side.message, messages) ?? chosenFor(side, others) ?? (rivals.length === 1 ? messages[0] : undefined)
      );
    };
  }
  const [only] = messages;
  if (apart.by === 'nothing' && messages.length === 1 && only !== undefined) {
    // Of several messages, one that the reader does not distinguish is the one that it was before. If it was none, it is all of them.
    const was = closest(
      only,
      rivals.map(({ message }) => message),
    );
    // Another one is it too if it describes all that this one has.
    const isJoined = (message: ContractMessage) => isIncluded([sentPayload(message)], sentPayload(only));
    return ({ message }) =>
      rivals.length === 1 || was === undefined || was === message || isJoined(message) ? only : undefined;
  }
  const pairs = pairedMessages(rivals, others, isUsed);
  return ({ message }) => pairs.get(message);
}

/** Returns the message that readers take a record for. */
function chosenFor(side: Side, [other]: readonly Side[]): ContractMessage | undefined {
  const chosen = other?.decoder.choose(basePayload(side), baseHeaders(side));
  return chosen?.kind === 'chosen' ? chosen.message : undefined;
}

/** Returns the constants of a message that a channel distinguishes messages by. */
export function typesFor(message: ContractMessage, { apart }: ContractChannel): readonly string[] | undefined {
  if (apart.by === 'field') return distinctValues([message.payload], apart.name)?.[0];
  if (apart.by === 'header') return distinctValues([message.headers], apart.name)?.[0];
  return undefined;
}
