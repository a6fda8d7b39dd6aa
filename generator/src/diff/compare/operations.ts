/** Asks rules about operations and their replies. */
import type { Found } from '../findings.ts';
import type { ContractOperation } from '../../shape.ts';
import type { Operation, OperationChange, ReplyChange } from '../rules/questions.ts';
import { securityWith } from '../servers.ts';
import type { Service, ServiceChannel } from '../service.ts';
import { ask } from './ask.ts';
import type { ChannelPair, Comparison } from './comparison.ts';
import { isOnSame, matchedOperations } from './match-operations.ts';

export function compareOperations(comparison: Comparison, pairs: readonly ChannelPair[]): Found[] {
  const { before, after } = comparison;
  const matched = matchedOperations(comparison, pairs);
  const pairOf = (channel: string | undefined) => pairs.find((pair) => pair.before.contract.name === channel);
  return before.contract.operations.flatMap((old): Found[] => {
    const pair = pairOf(old.channel);
    if (pair === undefined) return [];
    const now = matched.get(old);
    const common = { subject: { channel: pair.after.contract.key }, writer: comparison.writer(pair, old.action) };
    const changes =
      now === undefined
        ? []
        : [
            {
              ...common,
              use: old.action,
              location: { version: 'new', path: ['operations', now.id] },
              before: operationOf(before, pair.before, old),
              after: operationOf(after, pair.after, now),
            } satisfies OperationChange,
          ];
    // Of several operations that are one now, each has its reply.
    const answering = now ?? after.contract.operations.find((other) => isOnSame(pairs, old, other));
    if (old.reply === undefined || answering === undefined) return ask('operation', changes);
    const [version, { id }] = answering.reply === undefined ? (['old', old] as const) : (['new', answering] as const);
    const reply: ReplyChange = {
      ...common,
      use: old.action === 'receive' ? 'send' : 'receive',
      location: { version, path: ['operations', id, 'reply'] },
      before: old.reply,
      after: answering.reply,
      requests: pair.after.contract.key,
      sameChannels: pairs
        .filter((one) => one.before.contract.name === old.reply?.channel)
        .map((one) => one.after.contract.name),
    };
    return [...ask('operation', changes), ...ask('reply', [reply])];
  });
}

function operationOf(service: Service, channel: ServiceChannel, contract: ContractOperation): Operation {
  const object = service.document.resolved.operations?.[contract.id] ?? {};
  const { security = [] } = object;
  return { contract, object, security: security.length > 0 ? security : securityWith(service, channel) };
}
