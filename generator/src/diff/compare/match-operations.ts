/** Finds each operation of the old version in the new one: it has another id, other messages, or a channel with another name. */
import type { ContractOperation } from '../../shape.ts';
import type { ChannelPair, Comparison } from './comparison.ts';

type Same = (old: ContractOperation, now: ContractOperation) => boolean;

/** What identifies an operation, the surest first. */
const TESTS: readonly Same[] = [
  (old, now) => old.id === now.id,
  (old, now) => old.groupId !== undefined && old.groupId === now.groupId,
  (old, now) => old.messages.some((name) => now.messages.includes(name)),
  () => true,
];

/** Returns each operation with that of the new version. */
export function matchedOperations(
  { before, after }: Comparison,
  pairs: readonly ChannelPair[],
): Map<ContractOperation, ContractOperation> {
  const matched = new Map<ContractOperation, ContractOperation>();
  for (const isSame of TESTS) {
    for (const old of before.contract.operations) {
      if (matched.has(old)) continue;
      const taken = [...matched.values()];
      const found = after.contract.operations.find((now) => !taken.includes(now) && isOnSame(pairs, old, now) && isSame(old, now)); // prettier-ignore
      if (found !== undefined) matched.set(old, found);
    }
  }
  return matched;
}

/** Whether both do the same on what is one channel. */
export function isOnSame(pairs: readonly ChannelPair[], old: ContractOperation, now: ContractOperation): boolean {
  if (old.action !== now.action) return false;
  return pairs.some((pair) => pair.before.contract.name === old.channel && pair.after.contract.name === now.channel);
}
