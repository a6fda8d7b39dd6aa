/** Compares channels: their topics, and what happens to the records there. */
import type { ContractMessage } from '../../shape.ts';
import { sampleKeys } from './sample-keys.ts';
import type { Witness } from '../findings.ts';
import type { ServiceChannel, Use } from '../service.ts';
import { readerOf, report } from './context.ts';
import type { ChannelPair, Context } from './context.ts';
import { topicOf } from './match.ts';
import { partitionOf } from './murmur.ts';
import { outcomeOf, recordOf, shown, witnessOf } from './records.ts';

const USES: readonly Use[] = ['receive', 'send'];
export const usesOf = ({ uses }: ServiceChannel): Use[] => USES.filter((use) => uses[use] !== undefined);

/** Returns a message of a channel that the service uses so. */
export function messageOf({ contract, uses }: ServiceChannel, use: Use): ContractMessage | undefined {
  return contract.messages.find(({ component }) => uses[use]?.has(component) === true) ?? contract.messages[0];
}

/** Returns a record of the version that sends: the old clients' or the new service's. */
export function recordFor(
  context: Context,
  { before, after }: ChannelPair,
  use: Use,
  outcome: string,
): Witness | undefined {
  const [channel, service] = use === 'receive' ? [before, context.before] : [after, context.after];
  const message = messageOf(channel, use);
  if (message === undefined) return undefined;
  return witnessOf(channel, recordOf(channel, readerOf(context, service, channel, 'strict'), message), outcome);
}

export function channelRemoved(context: Context, channel: ServiceChannel): void {
  for (const use of usesOf(channel)) {
    const outcome = use === 'receive' ? 'is read by nobody: the topic is not part of the new version' : 'is no longer sent, and readers wait for it'; // prettier-ignore
    report(context, {
      rule: 'channel-removed',
      verdict: 'breaking',
      location: { version: 'old', path: channel.path },
      direction: use,
      why: use === 'receive' ? `Clients send to ${nameOf(channel)}, which the new version does not have` : `Readers of ${nameOf(channel)} wait for messages that the new version does not send`, // prettier-ignore
      witness: recordFor(context, { before: channel, after: channel }, use, outcome),
      subject: { channel: channel.contract.key },
    });
  }
}

const nameOf = ({ contract }: ServiceChannel) => `the channel ${contract.key} (${contract.address ?? 'no address'})`;

export function channelAdded(context: Context, channel: ServiceChannel): void {
  report(context, {
    rule: 'channel-added',
    verdict: 'safe',
    location: { version: 'new', path: channel.path },
    direction: usesOf(channel)[0],
    why: `The channel ${channel.contract.key} is new`,
    subject: { channel: channel.contract.key },
  });
}

export function compareChannels(context: Context, pair: ChannelPair): void {
  const { before, after } = pair;
  const uses = usesOf(before).filter((use) => usesOf(after).includes(use));
  const breaking = (
    rule: string,
    use: Use | undefined,
    path: readonly string[],
    why: string,
    outcome: string,
    verdict: 'breaking' | 'look' = 'breaking',
  ) => {
    // prettier-ignore
    report(context, {
      rule,
      verdict,
      location: { version: 'new', path: [...after.path, ...path] },
      direction: use,
      why,
      witness: verdict === 'breaking' ? recordFor(context, pair, use ?? 'receive', outcome) : undefined,
      subject: { channel: after.contract.key },
    });
  };
  const [old, now] = [before.contract, after.contract];
  if (topicOf(before) !== topicOf(after)) {
    const isBinding = after.object.bindings?.kafka?.topic !== undefined;
    const path = isBinding ? ['bindings', 'kafka', 'topic'] : ['address'];
    for (const use of uses) {
      if (old.address === undefined) continue;
      const [from, to] = use === 'receive' ? [old.address, now.address] : [now.address, old.address];
      breaking('topic-changed', use, path, `The topic was ${old.address} and is ${now.address ?? 'unknown'}`, `is sent to ${from ?? 'an unknown topic'}; the reader reads ${to ?? 'an unknown topic'}`); // prettier-ignore
    }
  }
  if (old.env !== now.env && old.env !== undefined) {
    for (const use of uses)
      breaking('topic-variable-changed', use, ['x-env'], `The variable ${old.env} named the topic; now ${now.env === undefined ? 'none does' : `${now.env} does`}`, `is sent to the topic that ${old.env} names, if that is set; the other side uses ${now.address ?? 'another one'}`); // prettier-ignore
  }
  compareParameters(pair, uses, breaking);
  comparePartitions(context, pair, uses);
  compareSettings(pair, uses, breaking);
  if (old.unknownTypes === 'skip' && now.unknownTypes === 'refuse' && old.apart.by !== 'nothing' && uses.includes('receive')) unknownTypes(context, pair); // prettier-ignore
}

type Breaking = (rule: string, use: Use | undefined, path: readonly string[], why: string, outcome: string, verdict?: 'breaking' | 'look') => void; // prettier-ignore

interface Parameter {
  readonly enum?: readonly string[];
  readonly default?: string;
  readonly location?: string;
}

function parametersOf(channel: ServiceChannel): Parameter[] {
  const all = (channel.object as { readonly parameters?: Readonly<Record<string, Parameter>> }).parameters ?? {};
  // A parameter may have another name: its position counts.
  return channel.contract.parameters.map((name) => all[name] ?? {});
}

function compareParameters({ before, after }: ChannelPair, uses: readonly Use[], breaking: Breaking): void {
  const [old, now] = [parametersOf(before), parametersOf(after)];
  if (old.length !== now.length) return;
  for (const [index, was] of old.entries()) {
    const is = now[index] ?? {};
    const name = after.contract.parameters[index] ?? '';
    const lost = (was.enum ?? []).filter((value) => is.enum?.includes(value) === false);
    const isLimited = was.enum === undefined && is.enum !== undefined;
    const added = (is.enum ?? []).filter((value) => was.enum?.includes(value) === false);
    const topic = (value: string) => after.contract.address?.replace(`{${name}}`, value) ?? value;
    for (const use of uses) {
      if (lost.length > 0 || isLimited) {
        const value = lost[0] ?? 'another';
        breaking('parameter-narrowed', use, ['parameters', name, 'enum'], lost.length > 0 ? `The parameter ${name} loses ${lost.join(', ')}` : `The parameter ${name} had any value, and now has only ${(is.enum ?? []).join(', ')}`, use === 'receive' ? `is sent to ${topic(value)}, which is no topic of the new version` : `is no longer sent to ${topic(value)}`); // prettier-ignore
      }
      if (use === 'send' && (added.length > 0 || (was.enum !== undefined && is.enum === undefined)))
        breaking('parameter-widened', use, ['parameters', name], `The parameter ${name} gets ${added.join(', ') || 'any value'}; it is not known whether readers subscribe to these topics`, '', 'look'); // prettier-ignore
      if (was.default !== is.default && was.default !== undefined && use === 'send')
        breaking('parameter-changed', use, ['parameters', name, 'default'], `The default of the parameter ${name} was ${was.default} and is ${is.default ?? 'none'}`, `is sent to ${topic(is.default ?? '...')}, not to ${topic(was.default)}`); // prettier-ignore
      if (was.location !== is.location && was.location !== undefined)
        breaking('parameter-changed', use, ['parameters', name, 'location'], `The value of the parameter ${name} was at ${was.location} and is at ${is.location ?? 'no location'}`, 'is sent to the topic that another value names'); // prettier-ignore
    }
  }
}

function comparePartitions(context: Context, pair: ChannelPair, uses: readonly Use[]): void {
  const { before, after } = pair;
  const [old, now] = [before.contract.partitions, after.contract.partitions];
  if (old === now || old === undefined) return;
  const location = { version: 'new' as const, path: [...after.path, 'bindings', 'kafka', 'partitions'] };
  for (const use of uses) {
    if (now === undefined) {
      report(context, { rule: 'partitions-changed', verdict: 'look', location, direction: use, why: `The topic had ${String(old)} partitions, and their number is no longer part of the contract`, subject: { channel: after.contract.key } }); // prettier-ignore
      continue;
    }
    const [channel, service] = use === 'receive' ? [before, context.before] : [after, context.after];
    const message = messageOf(channel, use);
    if (message === undefined) continue;
    const reader = readerOf(context, service, channel, 'strict');
    const parts = sampleKeys(channel, reader, message).find(
      ({ key }) => partitionOf(key, old) !== partitionOf(key, now),
    );
    if (parts === undefined) continue;
    const [from, to] = [partitionOf(parts.key, old), partitionOf(parts.key, now)];
    const outcome = `is in partition ${String(to)} of ${String(now)}; older records of its key ${shown(parts.key)} are in partition ${String(from)} of ${String(old)}`; // prettier-ignore
    report(context, {
      rule: 'partitions-changed',
      verdict: 'breaking',
      location,
      direction: use,
      why: `The topic had ${String(old)} partitions and has ${String(now)}: keys move to other partitions, and their records lose their order`,
      witness: witnessOf(channel, recordOf(channel, reader, message, parts), outcome),
      subject: { channel: after.contract.key },
    });
  }
}

function compareSettings({ before, after }: ChannelPair, uses: readonly Use[], breaking: Breaking): void {
  const settings = (channel: ServiceChannel) => channel.object.bindings?.kafka?.topicConfiguration ?? {};
  const [old, now] = [settings(before), settings(after)];
  const path = (name: string) => ['bindings', 'kafka', 'topicConfiguration', name];
  const policies = (value: unknown) => [value ?? []].flat().map(String).sort().join();
  const [was, is] = [policies(old['cleanup.policy']), policies(now['cleanup.policy'])];
  for (const use of uses) {
    if (was !== is && was !== '' && (is !== '' || was !== 'delete'))
      breaking('cleanup-changed', use, path('cleanup.policy'), `The topic's cleanup policy was ${was} and is ${is || 'the default, delete'}`, is.includes('compact') ? 'is removed as soon as a newer one of its key comes' : 'is removed when it gets old, although it is the last one of its key'); // prettier-ignore
    for (const name of ['retention.ms', 'retention.bytes']) {
      const [from, to] = [amount(old[name]), amount(now[name])];
      if (from !== undefined && to !== undefined && to < from)
        breaking('retention-shortened', use, path(name), `${name} was ${String(old[name])} and is ${String(now[name])}; it is not known whether readers need more`, '', 'look'); // prettier-ignore
    }
    const [from, to] = [amount(old['max.message.bytes']), amount(now['max.message.bytes'])];
    if (use === 'receive' && from !== undefined && to !== undefined && to < from)
      breaking('record-size-reduced', use, path('max.message.bytes'), `max.message.bytes was ${String(from)} and is ${String(to)}`, `is refused by the broker if it has more than ${String(to)} bytes, for example by a large header`); // prettier-ignore
  }
}

/** -1 means without limit. */
function amount(value: unknown): number | undefined {
  return typeof value !== 'number' ? undefined : value === -1 ? Infinity : value;
}

function unknownTypes(context: Context, { before, after }: ChannelPair): void {
  const { apart } = before.contract;
  const reader = readerOf(context, context.after, after, 'service');
  const own = readerOf(context, context.before, before, 'service');
  const message = messageOf(before, 'receive');
  if (message === undefined) return;
  const base = recordOf(before, own, message);
  const name = 'ANOTHER_TYPE';
  const record =
    apart.by === 'header'
      ? { ...base, headers: { ...base.headers, [apart.name]: Buffer.from(name) } }
      : {
          ...base,
          value: Buffer.from(JSON.stringify(apart.by === 'field' ? { [apart.name]: name } : { another: name })),
        };
  if (own.read(record).kind !== 'skip') return;
  const read = reader.read(record);
  if (read.kind === 'skip') return;
  report(context, {
    rule: 'unknown-types-refused',
    verdict: 'breaking',
    location: { version: 'new', path: [...after.path, 'x-unknown-types'] },
    direction: 'receive',
    why: `Records of types that are not listed were skipped on ${after.contract.key}, and are invalid now`,
    witness: witnessOf(before, record, outcomeOf(read)),
    subject: { channel: after.contract.key },
  });
}
