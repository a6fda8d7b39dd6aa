import type { Admin, ITopicConfig } from 'kafkajs';
import { untilTopicsReady } from '../../scripts/kafka/until-topics-ready.ts';
import { until } from './until.ts';

/**
 * Creates topics and waits until they have leaders. kafkajs' own wait fails if a busy broker does not know the topic yet
 * at the first request.
 */
export async function createTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  await admin.createTopics({ waitForLeaders: false, topics });
  await untilTopicsReady(
    admin,
    topics.map(({ topic }) => topic),
  );
}

/**
 * Deletes a topic and waits until the broker does not know it anymore: until then it acknowledges records, which are deleted
 * with the topic.
 */
export async function deleteTopic(admin: Admin, topic: string): Promise<void> {
  await admin.deleteTopics({ topics: [topic] });
  await until(`topic ${topic} still exists`, async () => !(await admin.listTopics()).includes(topic));
}
