import { ServiceError } from '../errors.ts';
import type { Broker } from './broker.ts';

/** @throws {ServiceError} TOPICS_MISSING, naming those that the broker does not have. */
export async function requireTopics(broker: Broker, topics: readonly string[]): Promise<void> {
  const missing = await broker.missingTopics(topics);
  if (missing.length > 0) throw new ServiceError('TOPICS_MISSING', `Topics are missing: ${missing.join(', ')}`);
}
