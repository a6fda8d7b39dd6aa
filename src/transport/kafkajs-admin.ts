import type { Admin, AdminConfig, Kafka } from 'kafkajs';

/**
 * Asks by a client of its own: one that has asked about a topic asks for its metadata ever after, and when that topic is
 * gone it can ask about no other.
 */
export async function withAdmin<Result>(
  kafka: Kafka,
  ask: (admin: Admin) => Promise<Result>,
  config?: AdminConfig,
): Promise<Result> {
  const admin = kafka.admin(config);
  try {
    await admin.connect();
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
}
