import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';

const MAX_WAIT_MS = 30_000;

/**
 * Waits until the broker answers for all topics. A new topic has leaders a moment earlier: the broker then refuses a part of a
 * send, kafkajs repeats the whole send, and the other part is appended twice.
 */
export async function untilTopicsReady(admin: Admin, topics: readonly string[]): Promise<void> {
  for (const deadline = Date.now() + MAX_WAIT_MS; ; await sleep(20)) {
    try {
      await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
