import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { connect } from './databases.ts';
import type { Bench, Figure, Scenario } from './scenario.ts';
import { runPreloaded } from './service.ts';
import { checkSpawned, checkSpawnedRows, insertAtHome, SPAWNS, spawnOrder, spawnRecord } from './spawn-workload.ts';
import { spawnStub } from './stub.ts';
import { withTopics } from './topics.ts';

const ANSWER_DELAY_MS = 5;

export const spawnServices: Scenario = {
  name: 'spawn-services',
  about: `60,000 SPAWN commands, each pet of 20,000 logged-in owners once, preloaded, with a characters service that
answers in 5 ms: commands per second from the first fetch to the last event on the topic; and the same with a
data service too, which returns the foothold. Their stand-in runs on this machine as well.`,
  title: `spawn-services: 60,000 SPAWN, first fetch to last event, answers after ${String(ANSWER_DELAY_MS)} ms`,
  async prepare(bench) {
    const copy = await bench.databases.template('spawn', insertAtHome);
    return async (run) => [
      await runOnce(bench, await copy(`characters_${String(run)}`), `bench-spawn-${String(run)}`, false),
      await runOnce(bench, await copy(`footholds_${String(run)}`), `bench-spawn-data-${String(run)}`, true),
    ];
  },
};

async function runOnce(bench: Bench, databaseUrl: string, run: string, withFootholds: boolean): Promise<Figure> {
  const order = spawnOrder();
  const stub = await spawnStub(ANSWER_DELAY_MS);
  const variables = { CHARACTERS_BASE_URL: stub.baseUrl, ...(withFootholds && { DATA_BASE_URL: stub.baseUrl }) };
  const measured = withTopics(bench, run, async (topics) => {
    await topics.preload(petCommand, SPAWNS, (index) => spawnRecord(order[index] ?? 0));
    const options = { run, databaseUrl, topics, variables, pids: { services: stub.pid } };
    return runPreloaded(bench, options, SPAWNS, 2 * SPAWNS);
  });
  await Promise.allSettled([measured]);
  const { requests, violations } = await stub.stop();
  const { seconds, events, cpu } = await measured;
  const client = await connect(databaseUrl);
  const faults = [
    ...checkSpawned(events, withFootholds),
    ...(await checkSpawnedRows(client, withFootholds)),
    ...checkRequests(requests, withFootholds),
    ...violations,
  ];
  await client.end();
  bench.say(
    `${run}: ${[...requests].map(([service, count]) => `${service} got ${String(count)} requests`).join(', ')}`,
  );
  const subject = withFootholds ? 'with footholds' : 'service';
  return { subject, unit: '/s', value: SPAWNS / seconds, cpu, faults };
}

/** At most one request per command, fewer if several share an answer; no other service gets requests. */
function checkRequests(requests: ReadonlyMap<string, number>, withFootholds: boolean): string[] {
  const usedServices = withFootholds ? ['characters', 'data'] : ['characters'];
  return [...requests].flatMap(([service, count]) => {
    const isExpected = usedServices.includes(service) ? count > 0 && count <= SPAWNS : count === 0;
    return isExpected ? [] : [`${service} got ${String(count)} requests`];
  });
}
