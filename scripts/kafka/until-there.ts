import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';

/** Milliseconds. */
const PATIENCE = 30_000;

/**
 * Created topics have leaders a moment before the broker answers for them: what is sent to some of them then is refused,
 * sent again as a whole, and twice where it was not refused.
 */
export async function untilThere(admin: Admin, topics: readonly string[]): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; ; await sleep(20)) {
    try {
      await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
