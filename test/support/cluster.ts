/** Brokers of one test, with a Java client that controls them, so that changes do not affect other tests. */
import { startKafkaCluster } from '../../scripts/embedded/kafka.ts';
import type { EmbeddedCluster } from '../../scripts/embedded/kafka.ts';
import { kafkaClient } from '../../scripts/kafka/client.ts';
import { temporaryFolder } from '../../scripts/embedded/temporary.ts';
import { startJavaPeer } from './java-peer.ts';
import type { JavaPeer } from './java-peer.ts';
import { PARTITIONS } from './rig.ts';
import type { RigCluster } from './rig.ts';
import { until } from './until.ts';

export interface TestCluster extends RigCluster {
  readonly kafka: EmbeddedCluster;
  readonly java: JavaPeer;
  /** Makes the next broker in rotation the leader of a partition. */
  moveLeader(topic: string, partition: number): Promise<void>;
  /** Returns the offset of the next record of a partition. */
  endOf(topic: string, partition: number): Promise<bigint>;
  close(): Promise<void>;
}

/** An idempotent producer, the default of Java. */
const PRODUCER = 'rig';

/** Starts so many brokers; a rig's topics have a replica on each. */
export async function startCluster(count: number): Promise<TestCluster> {
  const folder = await temporaryFolder();
  const kafka = await startKafkaCluster(count, folder.path);
  // Two processes: sends continue while the other waits for an election.
  const [java, sender] = await Promise.all([startJavaPeer(kafka.address), startJavaPeer(kafka.address)]);
  await sender.open(PRODUCER, 'none');
  const admin = kafkaClient(kafka.address).admin();
  await admin.connect();
  const ids = kafka.brokers.map((_, index) => index + 1);
  const moves = new Map<string, number>();
  let turn = 0;
  return {
    brokers: kafka.address,
    replicationFactor: count,
    kafka,
    java,
    async moveLeader(topic, partition) {
      const name = `${topic}/${String(partition)}`;
      const first = (moves.get(name) ?? partition) + 1;
      moves.set(name, first);
      await java.moveLeader(topic, partition, ids.map((_, index) => ids.at((first + index) % count) ?? 0)); // prettier-ignore
    },
    async send(topic, records) {
      // Records without a key are sent round-robin, as kafkajs sends them: Java fills a batch for one partition first.
      const placed = records.map((record) =>
        record.key == null ? { partition: turn++ % PARTITIONS, ...record } : record,
      );
      await sender.send(PRODUCER, topic, undefined, placed);
      await sender.flush(PRODUCER);
    },
    async endOf(topic, partition) {
      let end: string | undefined;
      // The broker does not answer during an election.
      await until('the topic has no leaders', async () => {
        const bounds = await admin.fetchTopicOffsets(topic).catch(() => []);
        end = bounds.find((one) => one.partition === partition)?.high;
        return end !== undefined;
      });
      return BigInt(end ?? 0);
    },
    async close() {
      await admin.disconnect();
      await Promise.all([java.close(), sender.close()]);
      await kafka.stop();
      await folder.remove();
    },
  };
}
