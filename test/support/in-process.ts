/** Runs consumer, publisher and sources of facts in this process, with a real broker and database and limits of the test. */
import { pino } from 'pino';
import { channels } from '../../generated/contract/channels.js';
import { readConfig } from '../../src/config.ts';
import { Consumer } from '../../src/consumer/consumer.ts';
import { assetEvents } from '../../src/handlers/asset-status.ts';
import { characterEvents } from '../../src/handlers/character-status.ts';
import { petCommands } from '../../src/handlers/pet-command.ts';
import { Publisher } from '../../src/outbox/publisher.ts';
import type { ReferenceLimits } from '../../src/reference/limits.ts';
import { openReferences } from '../../src/reference/references.ts';
import { openDatabase } from '../../src/store/database.ts';
import { Tenants } from '../../src/store/tenants.ts';
import type { Broker } from '../../src/transport/broker.ts';
import { connectKafka } from '../../src/transport/kafkajs.ts';
import type { Rig } from './rig.ts';

export interface InProcess {
  /** Why each component does not work; undefined if it does. */
  readonly health: ReadonlyMap<string, string | undefined>;
  /** Every reason that a component has given so far. */
  readonly reasons: readonly string[];
  /** The lines of the log, as JSON. */
  readonly logged: readonly string[];
  stop(): Promise<void>;
}

/**
 * @param baseUrl the base URL of the other services.
 * @param through wraps the broker of the consumer.
 */
export async function startInProcess(
  rig: Rig,
  baseUrl: string,
  limits: ReferenceLimits,
  through: (broker: Broker) => Broker = (broker) => broker,
): Promise<InProcess> {
  const config = readConfig(rig.environment);
  const logged: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => void logged.push(line) });
  const health = new Map<string, string | undefined>();
  const reasons: string[] = [];
  function report(component: string, reason: string | undefined): boolean {
    health.set(component, reason);
    if (reason !== undefined) reasons.push(reason);
    return false;
  }
  const baseUrls = { characters: baseUrl, data: baseUrl, inventory: baseUrl, skills: baseUrl };
  const references = openReferences({ baseUrls, templates: new Map(), log, limits });
  const database = openDatabase(config.databaseUrl);
  const { brokers, kafkaSecurity: security, sessionTimeoutMs, compression, maxBatchBytes, forwardedHeaders } = config;
  const clientId = 'in-process';
  const broker = await connectKafka({ brokers, security, clientId, sessionTimeoutMs, compression, maxBatchBytes, log });
  const publisher = new Publisher({
    database,
    broker,
    channels: channels.filter(({ direction }) => direction === 'send').map(({ name }) => name),
    topicOf: (channel) => config.topicOf(channel),
    floorOf: () => 0n,
    health: (reason) => {
      report('publisher', reason);
    },
    throttled: (reason) => {
      report('throttling', reason);
    },
    log,
  });
  const handlers = [petCommands, characterEvents, assetEvents];
  const consumer = new Consumer({
    database,
    broker: through(broker),
    publisher,
    group: config.groupId,
    start: config.start,
    handlers: new Map(handlers.map((handler) => [config.topicOf(handler.channel.name), handler])),
    references: references.sources,
    outage: references.outage,
    tenants: new Tenants(forwardedHeaders),
    forwardedHeaders,
    hungerIntervalMs: config.hungerIntervalMs,
    clock: Date.now,
    health: report,
    log,
  });
  publisher.start();
  await consumer.start();
  return {
    health,
    reasons,
    logged,
    async stop() {
      await consumer.drain();
      await consumer.leave();
      await publisher.stop();
      await broker.close();
      await references.close();
      await database.$disconnect();
    },
  };
}
