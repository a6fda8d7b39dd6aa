import type { Channel } from '../../generated/contract/record.js';
import { readTopics } from '../config.ts';
import { mustExist } from '../invariant.ts';

/**
 * Returns the topic of a channel by the service's variables, which are checked as the service does.
 * @throws {ConfigError} if one of them is wrong.
 */
export function topicOf({ name }: Pick<Channel, 'name'>, environment = process.env): string {
  return mustExist(readTopics(environment).get(name), `the topic of channel ${name}`);
}
