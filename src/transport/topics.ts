import type { Broker } from './broker.ts';

/** @throws naming the topics that the broker does not have, and the command that creates them. */
export async function requireTopics(broker: Broker, topics: readonly string[]): Promise<void> {
  const missing = await broker.missingTopics(topics);
  if (missing.length > 0) throw new Error(`topics are missing: ${missing.join(', ')}. Run: npm run topics`);
}
