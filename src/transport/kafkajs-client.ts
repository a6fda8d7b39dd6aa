import type { Kafka, KafkaConfig } from 'kafkajs';
import { mustExist } from '../invariant.ts';
import { secureContexts } from './credential-files.ts';
import { loginMechanism } from './kafkajs-login.ts';
import kafkajs from './kafkajs-mended.ts';
import { socketFactory } from './kafkajs-socket.ts';
import type { ConnectionListener } from './kafkajs-socket.ts';
import type { KafkaSecurity } from './security.ts';

/**
 * A connection logs in again this long before its session at the broker ends (KIP-368). kafkajs' default is 10 s: with shorter
 * sessions it would log in before each request.
 */
const LOGIN_RESERVE_MS = 3_000;

/**
 * Chooses the broker of KAFKA_BROKERS from which a client starts. kafkajs starts each client with the first one, and a client
 * that tries once, as the producers do, never tries the second.
 */
class StartBrokers implements ConnectionListener {
  readonly #brokers: readonly string[];
  /** Brokers whose last connection failed, or is not made yet. */
  readonly #unproven = new Set<string>();
  #nextIndex = 0;

  constructor(brokers: readonly string[]) {
    this.#brokers = brokers;
  }

  /** Returns the next broker by rotation, of those that work if there are any. */
  next(): string[] {
    const first = this.#nextIndex++ % this.#brokers.length;
    const rotated = [...this.#brokers.slice(first), ...this.#brokers.slice(0, first)];
    const working = rotated.find((broker) => !this.#unproven.has(broker));
    return [working ?? mustExist(rotated[0], 'a broker of KAFKA_BROKERS')];
  }

  began(broker: string): void {
    this.#unproven.add(broker);
  }

  connected(broker: string): void {
    this.#unproven.delete(broker);
  }
}

/** Returns how the clients of kafkajs connect. Clients with the same settings start from brokers that another one has reached. */
export function connectionSettings(brokers: readonly string[], security: KafkaSecurity) {
  const { tls } = security;
  const start = new StartBrokers(brokers);
  const sasl = loginMechanism(security);
  return {
    brokers: () => start.next(),
    reauthenticationThreshold: LOGIN_RESERVE_MS,
    socketFactory: socketFactory(tls && secureContexts(tls), start),
    ...(sasl && { sasl }),
  } as const satisfies Partial<KafkaConfig>;
}

/** Returns a client without a log. It tries again what may pass, and throws what does not. */
export function quietClient(brokers: readonly string[], security: KafkaSecurity): Kafka {
  return new kafkajs.Kafka({ ...connectionSettings(brokers, security), logLevel: kafkajs.logLevel.NOTHING });
}
