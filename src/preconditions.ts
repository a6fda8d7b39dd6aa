import type { Database } from './store/database.ts';
import { pendingMigrations } from './store/migrations.ts';
import type { Broker } from './transport/broker.ts';

/** @throws naming the migrations that the database has not had, and the command that applies them. */
export async function requireMigrations(database: Database): Promise<void> {
  const pending = await pendingMigrations(database);
  if (pending.length > 0) throw new Error(`migrations are pending: ${pending.join(', ')}. Run: npm run migrate`);
}

/** @throws naming the topics that the broker does not have, and the command that creates them. */
export async function requireTopics(broker: Broker, topics: readonly string[]): Promise<void> {
  const missing = await broker.missingTopics(topics);
  if (missing.length > 0) throw new Error(`topics are missing: ${missing.join(', ')}. Run: npm run topics`);
}
