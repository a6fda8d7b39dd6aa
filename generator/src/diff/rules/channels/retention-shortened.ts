import { limitOf, settingOf } from '../../service.ts';
import type { ChannelRule } from '../rule.ts';

export const retentionShortened: ChannelRule = {
  id: 'retention-shortened',
  kind: 'channel',
  title: 'A topic keeps records for a shorter time',
  directions: ['receive', 'send'],
  about:
    'A reader that was away for longer loses records that it found before. Nobody knows how long readers are away. The default is seven days.',
  remedy: 'Ask the teams that read the topic, and then waive this finding.',
  check({ before, after }) {
    return (['retention.ms', 'retention.bytes'] as const).flatMap((name) => {
      const [was, is] = [limitOf(before, name), limitOf(after, name)];
      if (is >= was) return [];
      const [from, to] = [limitText(settingOf(before, name)), limitText(settingOf(after, name))];
      const why = `${name} was ${from} and is ${to}; it is not known whether readers need more`;
      return [{ verdict: 'look', path: ['bindings', 'kafka', 'topicConfiguration', name], why }];
    });
  },
};

const limitText = (setting: unknown): string =>
  setting === undefined ? 'the default of the broker' : JSON.stringify(setting);
