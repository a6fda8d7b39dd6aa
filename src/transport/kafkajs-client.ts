import type { Kafka, KafkaConfig } from 'kafkajs';
import { secureContexts } from './credential-files.ts';
import { loginMechanism } from './kafkajs-login.ts';
import kafkajs from './kafkajs-mended.ts';
import { socketFactory } from './kafkajs-socket.ts';
import type { ConnectionListener } from './kafkajs-socket.ts';
import type { KafkaSecurity } from './security.ts';

/**
 * Milliseconds before the end of a session at the broker from which on a connection logs in again (KIP-368). With the ten
 * seconds of kafkajs it would do so before each request where sessions are shorter than that.
 */
const RELOGIN_BEFORE_MS = 3_000;

/**
 * Chooses which broker of KAFKA_BROKERS a client starts from. kafkajs starts each client with the first one, and a client
 * that tries once, as the producers do, never gets to the second.
 */
class StartBrokers implements ConnectionListener {
  readonly #brokers: readonly string[];
  /** Brokers whose last connection failed, or is not there yet. */
  readonly #unproven = new Set<string>();
  #turn = 0;

  constructor(brokers: readonly string[]) {
    this.#brokers = brokers;
  }

  /** Returns the next one in turn, of those that work if there are any. */
  next(): string[] {
    const first = this.#turn++ % this.#brokers.length;
    const inTurn = [...this.#brokers.slice(first), ...this.#brokers.slice(0, first)];
    return [inTurn.find((broker) => !this.#unproven.has(broker)) ?? inTurn[0] ?? ''];
  }

  began(broker: string): void {
    this.#unproven.add(broker);
  }

  connected(broker: string): void {
    this.#unproven.delete(broker);
  }
}

/** Returns how the clients of kafkajs connect. Clients that share it start from brokers that another one has reached. */
export function connectionSettings(brokers: readonly string[], security: KafkaSecurity) {
  const { tls } = security;
  const start = new StartBrokers(brokers);
  const sasl = loginMechanism(security);
  return {
    brokers: () => start.next(),
    reauthenticationThreshold: RELOGIN_BEFORE_MS,
    socketFactory: socketFactory(tls && secureContexts(tls), start),
    ...(sasl && { sasl }),
  } as const satisfies Partial<KafkaConfig>;
}

/** Returns a client without a log. It tries again what may pass, and throws what does not. */
export function quietClient(brokers: readonly string[], security: KafkaSecurity): Kafka {
  return new kafkajs.Kafka({ ...connectionSettings(brokers, security), logLevel: kafkajs.logLevel.NOTHING });
}
