/** Asks rules about brokers. */
import type { Found } from '../findings.ts';
import type { ServerChange } from '../rules/questions.ts';
import { addressOf, serversOf } from '../servers.ts';
import { ask } from './ask.ts';
import type { Comparison } from './comparison.ts';

export function compareServers(comparison: Comparison): Found[] {
  const [old, now] = [serversOf(comparison.before), serversOf(comparison.after)];
  const changes: Pick<ServerChange, 'name' | 'before' | 'after'>[] = [];
  let added = now;
  for (const [name, before] of old) {
    const match =
      added.find(([other]) => other === name) ?? added.find(([, is]) => addressOf(is) === addressOf(before));
    changes.push({ name: match?.[0] ?? name, before, after: match?.[1] });
    added = added.filter((one) => one !== match);
  }
  changes.push(...added.map(([name, after]) => ({ name, before: undefined, after })));
  const writer = writerTo(comparison);
  const questions = changes.map((change): ServerChange => {
    const version = change.after === undefined ? 'old' : 'new';
    return { ...change, use: undefined, location: { version, path: ['servers', change.name] }, subject: {}, writer };
  });
  return ask('server', questions);
}

/** Returns a client of the old version, on any channel. */
function writerTo(comparison: Comparison): ServerChange['writer'] {
  const [channel] = comparison.before.channels;
  if (channel === undefined || comparison.after.channels.length === 0) return undefined;
  return comparison.writerOf('old', channel, 'receive');
}
