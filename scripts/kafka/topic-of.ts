import type { Channel } from '../../generated/contract/record.ts';

/** Returns the topic of a channel by the service's variables: one that is set to nothing is not set, as for the service. */
export function topicOf({ env, address }: Pick<Channel, 'env' | 'address'>, environment = process.env): string {
  const named = environment[env];
  return named === undefined || named === '' ? address : named;
}
