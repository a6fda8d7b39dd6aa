/** Asks rules about channels and what the service does there. */
import type { Found } from '../findings.ts';
import type { ChannelChange, ChannelUse, ParameterChange } from '../rules/questions.ts';
import { serversOf, serversWith } from '../servers.ts';
import { topicOf, usesOf } from '../service.ts';
import type { ServiceChannel, Use } from '../service.ts';
import { parametersOf } from '../topics.ts';
import { ask } from './ask.ts';
import type { ChannelPair, Comparison } from './comparison.ts';

/** Asks about each use of a channel that one version at least has. */
export function compareUses(comparison: Comparison, before?: ServiceChannel, after?: ServiceChannel): Found[] {
  const channel = after ?? before;
  if (channel === undefined) return [];
  const uses = new Set([before, after].flatMap((one) => (one === undefined ? [] : usesOf(one))));
  const { operations } = comparison.before.contract;
  const questions = [...uses].map((use): ChannelUse => {
    const operation = operations.find((one) => one.channel === before?.contract.name && one.action === use);
    return {
      use,
      location: { version: after === undefined ? 'old' : 'new', path: channel.path },
      subject: { channel: channel.contract.key },
      channel: before,
      writer: before === undefined ? undefined : comparison.writersOf('old', before, use)[0],
      before,
      after,
      operation,
    };
  });
  return ask('use', questions);
}

/** Asks about a channel in each direction in which both versions use it. */
export function compareChannels(
  comparison: Comparison,
  pair: ChannelPair,
  uses: readonly Use[],
  pairs: readonly ChannelPair[],
): Found[] {
  const changes = uses.map((use) => channelChange(comparison, pair, use, pairs));
  return [...ask('channel', changes), ...ask('parameter', changes.flatMap(parameterChanges))];
}

function channelChange(
  comparison: Comparison,
  pair: ChannelPair,
  use: Use,
  pairs: readonly ChannelPair[],
): ChannelChange {
  const { before, after } = pair;
  const writers = comparison.writers(pair, use);
  return {
    use,
    location: { version: 'new', path: after.path },
    subject: { channel: after.contract.key },
    writer: writers[0],
    channel: use === 'receive' ? before : after,
    writers,
    before,
    after,
    oldChannels: pairs.filter((one) => one.after === after).map((one) => one.before),
    newChannels: pairs.filter((one) => one.before === before).map((one) => one.after),
    servers: {
      before: serversWith(comparison.before, before),
      after: serversWith(comparison.after, after),
      all: serversOf(comparison.after).map(([, server]) => server),
    },
    decoders: {
      before: comparison.decoder('old', before, 'service'),
      after: comparison.decoder('new', after, 'service'),
    },
  };
}

function parameterChanges(change: ChannelChange): ParameterChange[] {
  const { before, after, location } = change;
  const [old, now] = [parametersOf(before), parametersOf(after)];
  // With another topic, another rule finds it.
  if (topicOf(before) !== topicOf(after)) return [];
  return now.map(([name, parameter], index) => ({
    ...change,
    location: { ...location, path: [...location.path, 'parameters', name] },
    name,
    old: old[index]?.[1] ?? {},
    now: parameter,
    topicOf: (value) =>
      now.reduce((topic, [each], at) => {
        const { enum: values = [], default: usual } = old[at]?.[1] ?? {};
        const other = values[0] ?? usual;
        return at === index ? topic.replace(`{${each}}`, value) : topic.replace(`{${each}}`, other ?? `{${each}}`);
      }, after.contract.address ?? ''),
  }));
}
