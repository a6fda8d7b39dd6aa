import type { Admin, ITopicConfig } from 'kafkajs';
import { untilTopicsReady } from '../../scripts/kafka/until-topics-ready.ts';

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
