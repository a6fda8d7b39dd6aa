import { recordWith } from '../../records/located.ts';
import { topicOf } from '../../service.ts';
import { hasTopic, locatedIn, topicsOf } from '../../topics.ts';
import type { ChannelChange } from '../questions.ts';
import type { ChannelRule, RuleFinding } from '../rule.ts';

export const topicChanged: ChannelRule = {
  id: 'topic-changed',
  kind: 'channel',
  title: 'A channel has another topic',
  directions: ['receive', 'send'],
  about:
    'The topic is the address, or the topic of the Kafka binding. One side writes to a topic that the other one does not read.',
  remedy: 'Keep the topic. To move it, serve both topics for one version: add a channel with the new one.',
  check(change) {
    const { before, after, newChannels } = change;
    const was = before.contract.address;
    if (was === undefined || topicOf(before) === topicOf(after)) return undefined;
    const lost = topicsOf(before)?.filter((topic) => !newChannels.some((channel) => hasTopic(channel, topic)));
    if (lost?.length === 0) return gained(change);
    // What several channels lost together is found once.
    return newChannels[0] === after ? moved(change, lost?.[0] ?? was) : undefined;
  },
};

const pathIn = ({ after }: ChannelChange) =>
  after.object.bindings?.kafka?.topic === undefined ? ['address'] : ['bindings', 'kafka', 'topic'];

function moved(change: ChannelChange, was: string): RuleFinding {
  const { use, before, after, writer } = change;
  const is = after.contract.address;
  const [from, to] = use === 'receive' ? [was, is] : [is, was];
  // A parameter whose values are not listed has any.
  const values = use === 'receive' ? locatedIn(before, was)?.filter(([, value]) => !/^\{.*\}$/.test(value)) : undefined;
  return {
    verdict: 'breaking',
    path: pathIn(change),
    why: `The topic was ${was} and is ${is ?? 'unknown'}`,
    ...(from !== undefined && { topic: from }),
    ...(writer !== undefined && values !== undefined && values.length > 0 && { record: recordWith(writer, values) }),
    outcome: `is sent to ${from ?? 'an unknown topic'}; the reader reads ${to ?? 'an unknown topic'}`,
  };
}

/** The service may read further topics, or send to some that readers do not know. */
function gained(change: ChannelChange): RuleFinding | undefined {
  const { use, after, oldChannels } = change;
  const added = topicsOf(after)?.filter((topic) => !oldChannels.some((channel) => hasTopic(channel, topic)));
  if (added?.length === 0) return undefined;
  const topics = added?.join(', ') ?? `any topic ${after.contract.address ?? ''}`;
  if (use === 'receive') return { verdict: 'safe', path: pathIn(change), why: `The service also reads ${topics}` };
  const why = `The service may also send to ${topics}; it is not known whether readers subscribe to these topics`;
  return { verdict: 'look', path: pathIn(change), why };
}
