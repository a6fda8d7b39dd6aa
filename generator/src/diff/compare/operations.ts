/** Asks rules about consumer groups and replies. Operations are matched by their channel, whatever their names are. */
import type { ContractOperation } from '../../shape.ts';
import type { Found } from '../findings.ts';
import type { Operation, OperationChange, ReplyChange } from '../rules/questions.ts';
import type { Service } from '../service.ts';
import { ask } from './ask.ts';
import type { ChannelPair, Comparison } from './comparison.ts';

export function compareOperations(comparison: Comparison, pairs: readonly ChannelPair[]): Found[] {
  const { before, after } = comparison;
  const pairOf = (channel: string | undefined) => pairs.find((pair) => pair.before.contract.name === channel);
  return before.contract.operations.flatMap((old): Found[] => {
    const pair = pairOf(old.channel);
    const now = matched(old, after, pair);
    if (pair === undefined || now === undefined) return [];
    const common = { subject: { channel: pair.after.contract.key }, writer: comparison.writer(pair, old.action) };
    const operation: OperationChange = {
      ...common,
      use: old.action,
      location: { version: 'new', path: ['operations', now.id] },
      before: operationOf(before, old),
      after: operationOf(after, now),
    };
    if (old.reply === undefined) return ask('operation', [operation]);
    const [version, { id }] = now.reply === undefined ? (['old', old] as const) : (['new', now] as const);
    const reply: ReplyChange = {
      ...common,
      use: old.action === 'receive' ? 'send' : 'receive',
      location: { version, path: ['operations', id, 'reply'] },
      before: old.reply,
      after: now.reply,
      requests: pair.after.contract.key,
      sameChannel: pairOf(old.reply.channel)?.after.contract.name,
    };
    return [...ask('operation', [operation]), ...ask('reply', [reply])];
  });
}

/** Returns the operation of the same name on the same channel, else the one with most of the messages. */
function matched(old: ContractOperation, { contract }: Service, pair?: ChannelPair): ContractOperation | undefined {
  const candidates = contract.operations.filter(
    ({ channel, action }) => channel === pair?.after.contract.name && action === old.action,
  );
  const shared = ({ messages }: ContractOperation) => messages.filter((name) => old.messages.includes(name)).length;
  const best = candidates.toSorted((one, other) => shared(other) - shared(one))[0];
  return candidates.find(({ id }) => id === old.id) ?? best;
}

const operationOf = ({ document }: Service, contract: ContractOperation): Operation => ({
  contract,
  object: document.resolved.operations?.[contract.id] ?? {},
});
