import { recordOf } from '../../records/record.ts';
import { keyOf } from '../../records/side.ts';
import { settingOf } from '../../service.ts';
import type { ServiceChannel } from '../../service.ts';
import type { ChannelRule } from '../rule.ts';

export const cleanupChanged: ChannelRule = {
  id: 'cleanup-changed',
  kind: 'channel',
  title: 'A topic keeps records differently',
  directions: ['receive', 'send'],
  about:
    'With `compact`, the broker refuses records without a key, and removes older records of a key before slow readers see them. Without it, a reader no longer finds the last record of each key. The default is `delete`.',
  remedy: 'Keep the cleanup policy. If no reader needs the records that are removed, waive this finding.',
  check({ before, after, writers }) {
    const [was, is] = [policiesOf(before), policiesOf(after)];
    if (was === is) return undefined;
    const path = ['bindings', 'kafka', 'topicConfiguration', 'cleanup.policy'];
    const why = `The topic's cleanup policy was ${was} and is ${is}`;
    const isCompacted = is.includes('compact') && !was.includes('compact');
    const keyless = isCompacted ? writers.find((side) => keyOf(side) === undefined) : undefined;
    if (keyless !== undefined) {
      return {
        verdict: 'breaking',
        path,
        why: `${why}: the broker refuses records without a key, such as ${keyless.message.component}`,
        record: recordOf(keyless, { key: null }),
        outcome: 'is refused by the broker: it has no key',
      };
    }
    // Nobody relied on a policy that was not stated.
    if (settingOf(before, 'cleanup.policy') === undefined)
      return {
        verdict: 'look',
        path,
        why: `${why}; it is not known whether readers need the records that are removed`,
      };
    const outcome = isCompacted
      ? 'is removed as soon as there is a newer one of its key, also before slow readers see it'
      : 'is removed when it gets old, although it is the last one of its key';
    return { verdict: 'breaking', path, why, outcome };
  },
};

/** Returns the cleanup policies as text. Their order has no meaning. */
const policiesOf = (channel: ServiceChannel) =>
  [settingOf(channel, 'cleanup.policy') ?? 'delete'].flat().map(String).sort().join();
