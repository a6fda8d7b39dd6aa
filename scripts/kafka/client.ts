import type { Kafka } from 'kafkajs';
import { readKafkaSecurity } from '../../src/config.ts';
import { quietClient } from '../../src/transport/kafkajs-client.ts';

/**
 * Returns a client of kafkajs that connects as the service does.
 *
 * @param brokers `host:port`, several with commas between.
 * @param environment has the KAFKA_TLS and KAFKA_SASL variables.
 * @throws {ConfigError}
 */
export function kafkaClient(brokers: string, environment: NodeJS.ProcessEnv = process.env): Kafka {
  return quietClient(brokers.split(','), readKafkaSecurity(environment));
}
