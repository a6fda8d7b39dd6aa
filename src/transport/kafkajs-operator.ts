import type { Admin } from 'kafkajs';
import type { BrokerAdmin } from './broker-admin.ts';
import { bounds, committed, missingTopics, withAdmin } from './kafkajs-admin.ts';
import { quietClient } from './kafkajs-client.ts';
import { readToEnd } from './kafkajs-read-to-end.ts';
import { openSender, partitionOf } from './kafkajs-sender.ts';
import { createTopics, describeTopics } from './kafkajs-topics.ts';
import type { KafkaSecurity } from './security.ts';

/** An operator waits for the answer: a broker that cannot be reached is reported within seconds. */
const RETRY = { retries: 3 };

/** Returns the broker for operators by kafkajs. It connects for each question, so it needs not be closed. */
export function brokerAdmin(brokers: readonly string[], security: KafkaSecurity): BrokerAdmin {
  const kafka = quietClient(brokers, security);
  const ask = <Result>(question: (admin: Admin) => Promise<Result>) => withAdmin(kafka, question, { retry: RETRY });
  return {
    missingTopics: (names) => ask((admin) => missingTopics(admin, names)),
    bounds: (topic) => ask((admin) => bounds(admin, topic)),
    committed: (groupId, topic) => ask((admin) => committed(admin, groupId, topic)),
    brokerCount: () => ask(async (admin) => (await admin.describeCluster()).brokers.length),
    describeTopics: (names) => ask((admin) => describeTopics(admin, names)),
    createTopics: (topics) => ask((admin) => createTopics(admin, topics)),
    setCommitted: (groupId, { topic, partition }, offset) =>
      ask(async (admin) => {
        await admin.setOffsets({ groupId, topic, partitions: [{ partition, offset: String(offset) }] });
      }),
    readToEnd: (topic, take, report) => readToEnd(kafka, topic, take, report),
    partitionOf,
    openSender: (compression) => openSender(kafka, compression),
  };
}
