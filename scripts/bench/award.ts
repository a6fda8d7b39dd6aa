import type pg from 'pg';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { checkEvents, checkRows } from './award-check.ts';
import { awards, countEvents, insertPets, toRecord } from './award-workload.ts';
import type { Award } from './award-workload.ts';
import { connect } from './databases.ts';
import { record, replay } from './limit-database.ts';
import type { RecordedBatch } from './limit-database.ts';
import { runPreloaded } from './service.ts';
import type { Figure, Scenario } from './scenario.ts';
import { withTopics } from './topics.ts';

export const award: Scenario = {
  name: 'award',
  about: `60,000 AWARD_CLOSENESS commands over 15,000 pets of 5,000 owners and three tenants, preloaded on 4
partitions: commands per second from the first fetch to the last event on the topic; and, in turn, the same
SQL in the same batches by raw pg.`,
  title: 'award: 60,000 commands, first fetch to last event',
  async prepare(bench) {
    const sent = awards();
    const copy = await bench.databases.template('award', insertPets);
    const recorder = await connect(await copy('recording'));
    const batches = await record(recorder, sent);
    await recorder.end();
    bench.say('award: SQL of the batches recorded');
    return async (run) => {
      const limit = await limitRun(await copy(`limit_${String(run)}`), batches, sent);
      const databaseUrl = await copy(`service_${String(run)}`);
      const name = `bench-award-${String(run)}`;
      return withTopics(bench, name, async (topics) => {
        await topics.preload(petCommand, sent.length, (index) => toRecord(at(sent, index)));
        const options = { run: name, databaseUrl, topics };
        const { events, seconds, cpu } = await runPreloaded(bench, options, sent.length, countEvents(sent));
        const client = await connect(databaseUrl);
        const faults = [...checkEvents(events, sent), ...(await checkRows(client, sent))];
        await client.end();
        return [limit, { subject: 'service', unit: '/s', value: sent.length / seconds, cpu, faults }];
      });
    };
  },
};

/** @throws if there is no such item. */
export function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no item ${String(index)}`);
  return item;
}

async function limitRun(url: string, batches: readonly RecordedBatch[], sent: readonly Award[]): Promise<Figure> {
  const [work, publish] = await Promise.all([connect(url), connect(url)]);
  const seconds = await replay(work, publish, batches);
  const faults = [...(await checkRows(work, sent)), ...(await checkOutbox(work))];
  await Promise.all([work.end(), publish.end()]);
  return { subject: 'limit-database', unit: '/s', value: sent.length / seconds, faults };
}

async function checkOutbox(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM outbox');
  const [{ count } = { count: '0' }] = rows;
  return count === '0' ? [] : [`${count} rows left in the outbox`];
}
