import { limitOf, settingOf } from '../../service.ts';
import type { ChannelRule } from '../rule.ts';

export const retentionShortened: ChannelRule = {
  id: 'retention-shortened',
  kind: 'channel',
  title: 'A topic keeps records for a shorter time',
  directions: ['receive', 'send'],
  about:
    'A reader that was away for longer loses records that it found before. Nobody knows how long readers are away.',
  remedy: 'Ask the teams that read the topic, and then waive this finding.',
  check({ before, after }) {
    return ['retention.ms', 'retention.bytes'].flatMap((name) => {
      const [was, is] = [limitOf(before, name), limitOf(after, name)];
      if (was === undefined || is === undefined || is >= was) return [];
      const [from, to] = [settingOf(before, name), settingOf(after, name)];
      const why = `${name} was ${String(from)} and is ${String(to)}; it is not known whether readers need more`;
      return [{ verdict: 'look', path: ['bindings', 'kafka', 'topicConfiguration', name], why }];
    });
  },
};
