/** Asks rules about brokers. */
import type { Found } from '../findings.ts';
import type { ServerChange } from '../rules/questions.ts';
import { addressesOf, addressOf, brokersIn, hasAddress, serversOf, serversWith } from '../servers.ts';
import type { Server } from '../servers.ts';
import { ask } from './ask.ts';
import type { Comparison } from './comparison.ts';

type Named = readonly [name: string, server: Server];
type Same = (one: Named, other: Named) => boolean;

const brokersOf = ([, server]: Named) => addressesOf(server)?.flatMap(brokersIn);
const shareAddress: Same = (one, other) => brokersOf(one)?.some((broker) => brokersOf(other)?.includes(broker) === true) === true; // prettier-ignore

/** What identifies a server, the surest first. */
const TESTS: readonly Same[] = [
  ([name, one], [otherName, other]) => name === otherName && addressOf(one) === addressOf(other),
  ([, one], [, other]) => addressOf(one) === addressOf(other),
  shareAddress,
  ([, one], [, other]) => hasAddress(other, addressOf(one)),
  ([name], [otherName]) => name === otherName,
];

export function compareServers(comparison: Comparison): Found[] {
  const { before: service } = comparison;
  // Nobody connects to a server that has no channel.
  const used = new Set(service.channels.flatMap((channel) => serversWith(service, channel)));
  const old = serversOf(service).filter(([, server]) => used.has(server));
  const now = serversOf(comparison.after);
  const writer = writerTo(comparison);
  const questions = matchedServers(old, now).map(([before, after]): ServerChange => {
    const [name] = after ?? before ?? [''];
    return {
      name,
      before: before?.[1],
      after: after?.[1],
      newServers: now.map(([, server]) => server),
      use: undefined,
      location: { version: after === undefined ? 'old' : 'new', path: ['servers', name] },
      subject: {},
      writer,
    };
  });
  return ask('server', questions);
}

/** Returns each server with that of the other version. One server may be several in the new version, by the values of a variable. */
function matchedServers(
  old: readonly Named[],
  now: readonly Named[],
): (readonly [Named | undefined, Named | undefined])[] {
  const pairs: (readonly [Named, Named])[] = [];
  for (const isSame of TESTS) {
    for (const one of old.filter((each) => !pairs.some(([before]) => before === each))) {
      const found = now.find((other) => !pairs.some(([, after]) => after === other) && isSame(one, other));
      if (found !== undefined) pairs.push([one, found]);
    }
  }
  const [removed, added] = [0, 1].map((side) => (side === 0 ? old : now).filter((one) => !pairs.some((pair) => pair[side] === one))); // prettier-ignore
  const partly = (added ?? []).flatMap((after) => old.filter((before) => shareAddress(before, after)).map((before) => [before, after] as const)); // prettier-ignore
  const joined = (removed ?? []).flatMap((before) => now.filter((after) => shareAddress(before, after)).map((after) => [before, after] as const)); // prettier-ignore
  const all = [...pairs, ...partly, ...joined];
  return [
    ...all,
    ...(removed ?? []).filter((one) => !all.some(([before]) => before === one)).map((one) => [one, undefined] as const),
    ...(added ?? []).filter((one) => !all.some(([, after]) => after === one)).map((one) => [undefined, one] as const),
  ];
}

/** Returns a client of the old version, on any channel. */
function writerTo(comparison: Comparison): ServerChange['writer'] {
  const [channel] = comparison.before.channels;
  if (channel === undefined) return undefined;
  return comparison.writersOf('old', channel, 'receive')[0];
}
