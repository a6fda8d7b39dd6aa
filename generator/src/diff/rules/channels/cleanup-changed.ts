import { settingOf } from '../../service.ts';
import type { ServiceChannel } from '../../service.ts';
import type { ChannelRule } from '../rule.ts';

export const cleanupChanged: ChannelRule = {
  id: 'cleanup-changed',
  kind: 'channel',
  title: 'A topic keeps records differently',
  directions: ['receive', 'send'],
  about:
    'With `compact`, older records of a key are removed before slow readers see them, and records without a key are refused. Without it, a reader no longer finds the last record of each key.',
  remedy: 'Keep the cleanup policy.',
  check({ before, after }) {
    const [was, is] = [policiesOf(before), policiesOf(after)];
    if (was === is || was === '' || (is === '' && was === 'delete')) return undefined;
    return {
      verdict: 'breaking',
      path: ['bindings', 'kafka', 'topicConfiguration', 'cleanup.policy'],
      why: `The topic's cleanup policy was ${was} and is ${is || 'the default, delete'}`,
      outcome: is.includes('compact')
        ? 'is removed as soon as a newer one of its key comes'
        : 'is removed when it gets old, although it is the last one of its key',
    };
  },
};

/** Returns the cleanup policies as text; an empty one if none is set. Their order has no meaning. */
const policiesOf = (channel: ServiceChannel) =>
  [settingOf(channel, 'cleanup.policy') ?? []].flat().map(String).sort().join();
