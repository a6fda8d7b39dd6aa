/** Compares what the service does with channels, beyond single messages. */
import type { ContractOperation } from '../../shape.ts';
import type { Service } from '../service.ts';
import { recordFor, usesOf } from './channels.ts';
import { report } from './context.ts';
import type { ChannelPair, Context } from './context.ts';

/** Reports directions in which a channel is not used any more, or used for the first time. */
export function compareUses(context: Context, pair: ChannelPair): void {
  const { before, after } = pair;
  const [old, now] = [usesOf(before), usesOf(after)];
  for (const use of old) {
    // Without operations, a document does not state how a channel is used.
    if (now.includes(use) || (before.isUnused && !after.isUnused)) continue;
    removed(context, pair, use);
  }
  if (!before.isUnused && after.isUnused) for (const use of old) removed(context, pair, use);
  for (const use of now) {
    if (old.includes(use) || after.isUnused) continue;
    report(context, {
      rule: 'operation-added',
      verdict: 'safe',
      location: { version: 'new', path: after.path },
      direction: use,
      why: `The service now ${use === 'receive' ? 'receives' : 'sends'} on ${after.contract.key}`,
      subject: { channel: after.contract.key },
    });
  }
}

function removed(context: Context, pair: ChannelPair, use: 'receive' | 'send'): void {
  const name = pair.after.contract.key;
  report(context, {
    rule: 'operation-removed',
    verdict: 'breaking',
    location: {
      version: 'old',
      path: pathOfOperation(context.before, pair.before.contract.name, use) ?? pair.before.path,
    },
    direction: use,
    why: use === 'receive' ? `The service no longer receives on ${name}, and clients send there` : `The service no longer sends on ${name}, and readers wait there`, // prettier-ignore
    witness: recordFor(
      context,
      { before: pair.before, after: pair.before },
      use,
      use === 'receive' ? 'is read by nobody' : 'is no longer sent',
    ),
    subject: { channel: name },
  });
}

function pathOfOperation(
  { contract }: Service,
  channel: string,
  use: 'receive' | 'send',
): readonly string[] | undefined {
  const found = contract.operations.find((operation) => operation.channel === channel && operation.action === use);
  return found === undefined ? undefined : ['operations', found.id];
}

/** Compares consumer groups and replies. Operations are matched by their channel, whatever their names are. */
export function compareOperations(context: Context, pairs: readonly ChannelPair[]): void {
  const { before, after } = context;
  const nameAfter = new Map(pairs.map((pair) => [pair.before.contract.name, pair.after.contract.name]));
  const pairOf = (channel: string) => pairs.find((pair) => pair.before.contract.name === channel);
  for (const old of before.contract.operations) {
    const pair = pairOf(old.channel);
    if (pair === undefined) continue;
    const candidates = after.contract.operations.filter(
      (operation) => operation.channel === nameAfter.get(old.channel) && operation.action === old.action,
    );
    const same = candidates.find(({ id }) => id === old.id) ?? bestOf(old, candidates);
    if (same === undefined) continue;
    if (old.groupId !== undefined && same.groupId !== old.groupId && old.action === 'receive') groupChanged(context, pair, old, same); // prettier-ignore
    compareVariables(context, pair, old, same);
    if (old.reply !== undefined) compareReplies(context, pair, old, same, nameAfter);
  }
}

/** Returns the operation with most of the messages. */
function bestOf(old: ContractOperation, candidates: readonly ContractOperation[]): ContractOperation | undefined {
  const shared = ({ messages }: ContractOperation) => messages.filter((name) => old.messages.includes(name)).length;
  return candidates.toSorted((one, other) => shared(other) - shared(one))[0];
}

function groupChanged(context: Context, pair: ChannelPair, old: ContractOperation, now: ContractOperation): void {
  const to = now.groupId ?? 'none';
  report(context, {
    rule: 'group-changed',
    verdict: 'breaking',
    location: { version: 'new', path: ['operations', now.id, 'bindings', 'kafka', 'groupId'] },
    direction: 'receive',
    why: `The consumer group was ${old.groupId ?? ''} and is ${to}: it does not have the offsets of the old one`,
    witness: recordFor(context, pair, 'receive', `was read by the group ${old.groupId ?? ''}, and is read again or missed by the group ${to}`), // prettier-ignore
    subject: { channel: pair.after.contract.key },
  });
}

interface GroupId {
  readonly 'x-env'?: string;
}

function compareVariables(context: Context, pair: ChannelPair, old: ContractOperation, now: ContractOperation): void {
  const variable = ({ document }: Service, id: string) =>
    (document.resolved.operations?.[id]?.bindings?.kafka?.groupId as GroupId | undefined)?.['x-env'];
  const [was, is] = [variable(context.before, old.id), variable(context.after, now.id)];
  if (was === undefined || was === is) return;
  report(context, {
    rule: 'group-changed',
    verdict: 'breaking',
    location: { version: 'new', path: ['operations', now.id, 'bindings', 'kafka', 'groupId', 'x-env'] },
    direction: 'receive',
    why: `The variable ${was} named the consumer group; now ${is ?? 'none'} does`,
    witness: recordFor(context, pair, 'receive', `is read by another consumer group where ${was} is set`),
    subject: { channel: pair.after.contract.key },
  });
}

function compareReplies(
  context: Context,
  pair: ChannelPair,
  old: ContractOperation,
  now: ContractOperation,
  names: ReadonlyMap<string, string>,
): void {
  // prettier-ignore
  const { reply } = old;
  if (reply === undefined) return;
  const use = old.action === 'receive' ? 'send' : 'receive';
  const subject = { channel: pair.after.contract.key };
  const path = ['operations', now.id, 'reply'];
  const request = (outcome: string) => recordFor(context, pair, old.action, outcome);
  if (now.reply === undefined) {
    report(context, { rule: 'reply-removed', verdict: 'breaking', location: { version: 'old', path: ['operations', old.id, 'reply'] }, direction: use, why: `Requests on ${subject.channel} are no longer answered`, witness: request('is not answered'), subject }); // prettier-ignore
    return;
  }
  if (reply.address !== now.reply.address && reply.address !== undefined) {
    report(context, { rule: 'reply-changed', verdict: 'breaking', location: { version: 'new', path: [...path, 'address'] }, direction: use, why: `The address of the reply was at ${reply.address} and is at ${now.reply.address ?? 'no location'}`, witness: request('is answered at another address'), subject }); // prettier-ignore
  }
  const channel = reply.channel === undefined ? undefined : names.get(reply.channel);
  // A channel that is removed is reported as such.
  if (reply.channel !== undefined && channel !== undefined && now.reply.channel !== channel) {
    report(context, { rule: 'reply-changed', verdict: 'breaking', location: { version: 'new', path: [...path, 'channel'] }, direction: use, why: `The reply was sent to ${reply.channel} and is sent to ${now.reply.channel ?? 'no channel'}`, witness: request('is answered on another channel'), subject }); // prettier-ignore
  }
}
