import { readKafkaSecurity } from '../config.ts';
import type { BrokerAdmin } from '../transport/broker-admin.ts';
import { brokerAdmin } from '../transport/kafkajs-operator.ts';

/**
 * Returns the broker for a command. It connects as the service does.
 *
 * @param brokers `host:port`, several with commas between.
 * @param environment has the KAFKA_TLS and KAFKA_SASL variables.
 * @throws {ConfigError}
 */
export function brokerOf(brokers: string, environment: NodeJS.ProcessEnv = process.env): BrokerAdmin {
  return brokerAdmin(brokers.split(','), readKafkaSecurity(environment));
}
