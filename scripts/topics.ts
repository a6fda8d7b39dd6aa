/** `npm run topics`: creates the topics of the contract that the broker does not have. */
import { channels } from '../generated/contract/channels.ts';
import { options } from './cli.ts';
import { kafkaClient } from './kafka/read-topics.ts';

const HELP = `Usage: KAFKA_BROKERS=host:port npm run topics [-- --help]

Creates the topics of the contract that the broker does not have, with the contract's partitions and settings. A topic
is named by its variable (as in asyncapi.yaml), else by its default. Topics that exist are left as they are.

  --help   show this

Exit code: 0 when every topic exists afterwards, 1 otherwise, 2 for a usage error.`;

export interface TopicsMade {
  created: string[];
  present: string[];
}

/**
 * Creates what is missing.
 * @param brokers `host:port`, several with commas between
 * @param env where the contract's topic variables are looked up
 * @throws when the broker cannot be reached or refuses
 */
export async function createTopics(brokers: string, env: NodeJS.ProcessEnv): Promise<TopicsMade> {
  const admin = kafkaClient(brokers).admin({ retry: { retries: 3 } });
  try {
    await admin.connect();
    const existing = new Set(await admin.listTopics());
    const wanted = channels.map((channel) => ({ channel, topic: env[channel.env] ?? channel.address }));
    const missing = wanted.filter(({ topic }) => !existing.has(topic));
    if (missing.length > 0) {
      await admin.createTopics({
        topics: missing.map(({ channel, topic }) => ({
          topic,
          numPartitions: channel.partitions,
          configEntries: Object.entries(channel.config).map(([name, value]) => ({ name, value })),
        })),
      });
    }
    const created = missing.map(({ topic }) => topic);
    return { created, present: wanted.map(({ topic }) => topic).filter((topic) => existing.has(topic)) };
  } finally {
    await admin.disconnect();
  }
}

async function main(): Promise<void> {
  options('npm run topics', HELP, {});
  const brokers = process.env['KAFKA_BROKERS'];
  if (!brokers) throw new Error('KAFKA_BROKERS is not set. It names the broker to create the topics on, as host:port.');
  const { created, present } = await createTopics(brokers, process.env);
  for (const topic of created) console.log(`created  ${topic}`);
  for (const topic of present) console.log(`present  ${topic}`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(`The topics were not created: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
