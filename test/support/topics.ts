import type { Admin, ITopicConfig } from 'kafkajs';
import { untilThere } from '../../scripts/kafka/until-there.ts';

/**
 * Creates topics and waits until they have leaders. kafkajs' own wait fails if a busy broker does not know the topic yet
 * when it is asked for the first time.
 */
export async function createTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  await admin.createTopics({ waitForLeaders: false, topics });
  await untilThere(
    admin,
    topics.map(({ topic }) => topic),
  );
}
