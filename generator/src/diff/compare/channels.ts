/** Asks rules about channels and what the service does there. */
import type { Found } from '../findings.ts';
import type { ChannelChange, ChannelUse, Parameter, ParameterChange } from '../rules/questions.ts';
import { usesOf } from '../service.ts';
import type { ServiceChannel, Use } from '../service.ts';
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
      writer: before === undefined ? undefined : comparison.writerOf('old', before, use),
      before,
      after,
      operation,
    };
  });
  return ask('use', questions);
}

/** Asks about a channel in each direction in which both versions use it. */
export function compareChannels(comparison: Comparison, pair: ChannelPair, uses: readonly Use[]): Found[] {
  const changes = uses.map((use) => channelChange(comparison, pair, use));
  return [...ask('channel', changes), ...ask('parameter', changes.flatMap(parameterChanges))];
}

function channelChange(comparison: Comparison, pair: ChannelPair, use: Use): ChannelChange {
  const { before, after } = pair;
  return {
    use,
    location: { version: 'new', path: after.path },
    subject: { channel: after.contract.key },
    writer: comparison.writer(pair, use),
    before,
    after,
    decoders: {
      before: comparison.decoder('old', before, 'service'),
      after: comparison.decoder('new', after, 'service'),
    },
  };
}

function parameterChanges({ before, after, location, ...rest }: ChannelChange): ParameterChange[] {
  const [old, now] = [parametersOf(before), parametersOf(after)];
  // With another number of parameters, the topic is another one.
  if (old.length !== now.length) return [];
  return now.map(([name, parameter], index) => ({
    ...rest,
    location: { ...location, path: [...location.path, 'parameters', name] },
    name,
    before: old[index]?.[1] ?? {},
    after: parameter,
    topicOf: (value) => after.contract.address?.replace(`{${name}}`, value) ?? value,
  }));
}

function parametersOf({ object, contract }: ServiceChannel): [name: string, parameter: Parameter][] {
  const { parameters = {} } = object as { readonly parameters?: Readonly<Record<string, Parameter>> };
  return contract.parameters.map((name) => [name, parameters[name] ?? {}]);
}
