import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { COMPRESSIONS } from '../../src/transport/compression.ts';
import { at } from './award.ts';
import { checkEvents, checkRows } from './award-check.ts';
import { awards, countEvents, insertPets, toRecord } from './award-workload.ts';
import { connect } from './databases.ts';
import type { Figure, Scenario } from './scenario.ts';
import { runPreloaded } from './service.ts';
import { withTopics } from './topics.ts';

/** Commands for each compression. */
const COMMANDS = 30_000;

export const compression: Scenario = {
  name: 'compression',
  about: `30,000 AWARD_CLOSENESS commands for each value of KAFKA_COMPRESSION, one after the other, preloaded on 4
partitions: commands per second from the first fetch to the last event on the topic.`,
  title: 'compression: 30,000 commands for each KAFKA_COMPRESSION, first fetch to last event',
  async prepare(bench) {
    const sent = awards().slice(0, COMMANDS);
    const copy = await bench.databases.template('compression', insertPets);
    return async (run) => {
      const figures: Figure[] = [];
      for (const chosen of COMPRESSIONS) {
        const name = `bench-compression-${chosen}-${String(run)}`;
        const databaseUrl = await copy(`${chosen}_${String(run)}`);
        await withTopics(bench, name, async (topics) => {
          await topics.preload(petCommand, sent.length, (index) => toRecord(at(sent, index)));
          const options = { run: name, databaseUrl, topics, variables: { KAFKA_COMPRESSION: chosen } };
          const { events, seconds, cpu } = await runPreloaded(bench, options, sent.length, countEvents(sent));
          const client = await connect(databaseUrl);
          const faults = [...checkEvents(events, sent), ...(await checkRows(client, sent))];
          await client.end();
          figures.push({ subject: chosen, unit: '/s', value: sent.length / seconds, cpu, faults });
        });
      }
      return figures;
    };
  },
};
