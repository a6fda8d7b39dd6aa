import { limitOf } from '../../service.ts';
import type { ChannelRule } from '../rule.ts';

export const recordSizeReduced: ChannelRule = {
  id: 'record-size-reduced',
  kind: 'channel',
  title: 'A topic takes smaller records only',
  directions: ['receive'],
  about: 'The broker refuses records that were small enough before.',
  remedy: 'Keep max.message.bytes.',
  check({ before, after }) {
    const [was, is] = [limitOf(before, 'max.message.bytes'), limitOf(after, 'max.message.bytes')];
    if (was === undefined || is === undefined || is >= was) return undefined;
    return {
      verdict: 'breaking',
      path: ['bindings', 'kafka', 'topicConfiguration', 'max.message.bytes'],
      why: `max.message.bytes was ${String(was)} and is ${String(is)}`,
      outcome: `is refused by the broker if it has more than ${String(is)} bytes, for example by a large header`,
    };
  },
};
