/** Pairs the messages of two versions of a channel that only their payloads distinguish. */
import type { ContractMessage } from '../../shape.ts';
import { basePayload } from '../records/record.ts';
import { sentPayload } from '../records/sent.ts';
import type { Side } from '../records/side.ts';
import { isIncluded } from '../schema/proof/includes.ts';
import { identityOf } from '../schema/identity.ts';
import { linked } from '../schema/linked.ts';
import { isValid } from '../schema/valid.ts';
import { readSchema } from '../wire/reader.ts';

type Test = (one: Side, others: readonly Side[], rivals: readonly Side[]) => Side | undefined;

/** Returns what pairs a message with one of those that no earlier test has paired. */
const testsFor = (isUsed: (side: Side) => boolean): readonly Test[] => [
  ...[isNamesake, () => true].map((isLike): Test => (one, others) => others.find((other) => isUsed(one) && isUsed(other) && isEqual(one, other) && isLike(one, other))), // prettier-ignore
  (one, others) => others.find((other) => isEqual(one, other) && isNamesake(one, other)),
  (one, others) => others.find((other) => isEqual(one, other)),
  byReading,
  (one, others) => others.find((other) => isNamesake(one, other)),
  (_one, others, rivals) => (others.length === 1 && rivals.length === 1 ? others[0] : undefined),
];

/**
 * Returns each message with that of the other version.
 *
 * @param isUsed whether the version of a message uses it: of two equal ones, that is the one.
 */
export function pairedMessages(
  own: readonly Side[],
  others: readonly Side[],
  isUsed: (side: Side) => boolean,
): Map<ContractMessage, ContractMessage> {
  const pairs = new Map<Side, Side>();
  for (const test of testsFor(isUsed)) {
    const rivals = own.filter((side) => !pairs.has(side));
    const left = new Set(others.filter((side) => ![...pairs.values()].includes(side)));
    for (const side of rivals) {
      const found = test(side, [...left], rivals);
      if (found === undefined) continue;
      pairs.set(side, found);
      left.delete(found);
    }
  }
  // Several messages may be one now, which describes all of them.
  for (const side of own.filter((one) => !pairs.has(one))) {
    const found = others.find(({ message }) => isIncluded([sentPayload(side.message)], sentPayload(message)));
    if (found !== undefined) pairs.set(side, found);
  }
  return new Map([...pairs].map(([one, other]) => [one.message, other.message]));
}

/** Returns the message that a record of this one is taken for, if that one's records are taken for no other message. */
function byReading(one: Side, others: readonly Side[], rivals: readonly Side[]): Side | undefined {
  if ([one, ...others].some(({ channel }) => channel.contract.format !== 'json')) return undefined;
  const found = readerOf(one, others);
  if (found !== undefined) return [undefined, one].includes(readerOf(found, rivals)) ? found : undefined;
  return others.find((other) => readerOf(other, rivals) === one);
}

/** Returns the only message that accepts a record of another one: without unknown fields, else with them. */
function readerOf(side: Side, others: readonly Side[]): Side | undefined {
  const payload = basePayload(side);
  const strict = others.filter(({ message }) => isValid(sentPayload(message), payload));
  const accepting =
    strict.length > 0
      ? strict
      : others.filter(({ message }) => isValid(linked(readSchema('client', message)), payload));
  return accepting.length === 1 ? accepting[0] : undefined;
}

const isEqual = (one: Side, other: Side) =>
  identityOf(sentPayload(one.message)) === identityOf(sentPayload(other.message));
const isNamesake = (one: Side, other: Side) => one.message.component === other.message.component;

/** Returns the message of a list that has the same payload, else the same name. */
export function closest(message: ContractMessage, others: readonly ContractMessage[]): ContractMessage | undefined {
  const identity = identityOf(sentPayload(message));
  const equal = others.filter((other) => identityOf(sentPayload(other)) === identity);
  return named(message, equal) ?? equal[0] ?? named(message, others);
}

export const named = ({ component }: ContractMessage, others: readonly ContractMessage[]) =>
  others.find((other) => other.component === component);
