/** The composition root: the only place that knows every room. Runs until it is told to stop. */
import { once } from 'node:events';
import { channels } from '../generated/contract/channels.ts';
import { petMovement } from '../generated/contract/channels/pet-movement.ts';
import { petStatus } from '../generated/contract/channels/pet-status.ts';
import { VERSION } from './build.ts';
import { readConfig } from './config.ts';
import type { Config } from './config.ts';
import { Consumer, CONSUMER_COMPONENTS } from './consumer/consumer.ts';
import { countFromZero } from './consumer/dead-letter.ts';
import { MOVEMENT_COMPONENTS, MovementConsumer } from './consumer/movement.ts';
import { sentence, ServiceError } from './errors.ts';
import type { ErrorCode } from './errors.ts';
import { assetEvents } from './handlers/asset-status.ts';
import { characterEvents } from './handlers/character-status.ts';
import { petCommands } from './handlers/pet-command.ts';
import { startHttp } from './http/server.ts';
import { createLog, endProcess, reportFailedStart } from './log.ts';
import type { Logger } from './log.ts';
import { Backlog } from './outbox/backlog.ts';
import { Publisher } from './outbox/publisher.ts';
import { metrics } from './metrics.ts';
import { movementGroupOf } from './movement-group.ts';
import type { PublisherPort } from './publisher-port.ts';
import { Readiness } from './readiness.ts';
import type { Impact } from './readiness.ts';
import { CATALOGUE, readPetTemplates } from './reference/pet-templates.ts';
import { openReferences } from './reference/references.ts';
import type { OpenReferences } from './reference/references.ts';
import { Schedule, SCHEDULE_COMPONENTS } from './schedule/schedule.ts';
import { expirationSweep, hungerSweep } from './schedule/sweeps.ts';
import { DatabaseClock } from './store/clock.ts';
import { shareConnections } from './store/connection-shares.ts';
import { databaseErrorOf } from './store/database-error.ts';
import { openDatabase } from './store/database.ts';
import type { Database } from './store/database.ts';
import { requireMigrations } from './store/migrations.ts';
import { Tenants } from './store/tenants.ts';
import { watchDatabase } from './store/watch.ts';
import { connectionFault } from './transport/connection-fault.ts';
import { connectKafka } from './transport/kafkajs.ts';
import { MAX_ANSWER_MS, watchBroker } from './transport/topics.ts';
import { stopRequested, Stops } from './stops.ts';
import { endOnUncaught, logWarnings } from './uncaught.ts';
import { Backoff, messageOf, noticeLate } from './waiting.ts';

/** Milliseconds between two looks for hungry pets: late by so much at most. */
const LOOK_FOR_HUNGER = 1_000;

const HANDLERS = [petCommands, characterEvents, assetEvents];
const namesOf = (direction: 'send' | 'receive') =>
  channels.filter((channel) => channel.direction === direction).map(({ name }) => name);
/** The channels that are sent, by their names. */
const SENT = namesOf('send');
/** The channels that are consumed, by their names. */
const RECEIVED = namesOf('receive');

const COMPONENTS = {
  database: 'not ready',
  migrations: 'not ready',
  broker: 'not ready',
  topics: 'not ready',
  publisher: 'not ready',
  throttling: 'degraded',
  outbox: 'degraded',
  ...CONSUMER_COMPONENTS,
  ...MOVEMENT_COMPONENTS,
  ...SCHEDULE_COMPONENTS,
} as const satisfies Record<string, Impact>;
type Component = keyof typeof COMPONENTS;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const templates = await readPetTemplates(config.petTemplatesFile ?? CATALOGUE);
  const log = createLog(config.logLevel, config.groupId);
  endOnUncaught(log);
  logWarnings(log);
  for (const { name, formerName } of config.renamedVariables)
    log.warn({ name, formerName }, sentence('VARIABLE_RENAMED', `${formerName} is now called ${name}`));
  const { tls, login } = config.kafkaSecurity;
  if (tls === undefined && (login?.mechanism === 'plain' || login?.mechanism === 'oauthbearer'))
    log.warn(
      { mechanism: login.mechanism },
      sentence('CREDENTIALS_UNENCRYPTED', 'Credentials go to the brokers unencrypted'),
    );
  countFromZero(RECEIVED.map((channel) => config.topicOf(channel)));
  metrics.buildInfo.set({ version: VERSION, node: process.versions.node, compression: config.compression }, 1);
  const stop = stopRequested({
    log,
    delayMs: config.shutdownDelayMs,
    announce: () => {
      readiness.stop();
    },
  });
  const readiness = new Readiness(COMPONENTS, (component, reason, impact, cause) => {
    if (reason === undefined) log.info({ part: component }, 'ready');
    else if (!stop.aborted) {
      const error = cause === undefined ? {} : { error: messageOf(connectionFault(cause) ?? cause) };
      log.warn({ part: component, reason, ...error }, impact);
    }
  });
  const { databaseUrl, databasePasswordFile: passwordFile } = config;
  const connections = shareConnections(config.databaseConnections);
  const database = openDatabase(databaseUrl, { passwordFile, connections: connections.service });
  const clock = new DatabaseClock();
  // Before there is a publisher, what was created waits in the outbox like what a dead instance left.
  const publisherHandle: PublisherHandle = { publish: () => undefined, heldStreams: () => [] };
  const backlog = new Backlog({
    database,
    channels: SENT,
    topicOf: (channel) => config.topicOf(channel),
    maxRows: config.outboxMaxRows,
    maxAgeMs: config.outboxMaxAgeMs,
    heldStreams: (channel) => publisherHandle.heldStreams(channel),
    health: (reason, cause) => {
      readiness.report('outbox', reason, cause);
    },
    log,
  });
  // Connections of its own: however many ask, consuming and publishing go on.
  const httpDatabase = openDatabase(databaseUrl, { passwordFile, connections: connections.http });
  const { forwardedHeaders } = config;
  const tenants = new Tenants(forwardedHeaders);
  const http = await startHttp({
    host: config.httpHost,
    port: config.httpPort,
    database: httpDatabase,
    connections: connections.http,
    tenants,
    forwardedHeaders,
    publish: (records) => publisherHandle.publish(records),
    outboxFullReason: () => backlog.full(petStatus.name),
    clock: () => clock.now(),
    readiness,
    log,
  });
  log.info({ url: http.url }, 'HTTP listens');
  const stops = new Stops();
  stops.intake(() => http.close());
  stops.other(
    () => database.$disconnect(),
    () => httpDatabase.$disconnect(),
  );
  const references = openReferences({ baseUrls: config.baseUrls, templates, log, stop });
  stops.other(() => references.close());
  await start({
    config,
    tenants,
    references,
    log,
    readiness,
    stop,
    stops,
    database,
    clock,
    backlog,
    publisherHandle,
  });
  if (!stop.aborted) await once(stop, 'abort');
  readiness.close();
  await stops.run(log);
  log.info('stopped');
  // What was left as it is would keep the process alive.
  await endProcess(0);
}

interface Starting {
  readonly config: Config;
  readonly references: OpenReferences;
  readonly tenants: Tenants;
  readonly log: Logger;
  readonly readiness: Readiness;
  readonly stop: AbortSignal;
  /** Gets how to stop the parts, in the order of their start. */
  readonly stops: Stops;
  readonly database: Database;
  readonly clock: DatabaseClock;
  readonly backlog: Backlog;
  /** Gets the publisher. */
  readonly publisherHandle: PublisherHandle;
}

/** What others use of the publisher, which is there once the broker is. */
interface PublisherHandle {
  publish: Publisher['publish'];
  heldStreams: Publisher['heldStreams'];
}

/** Starts the parts, each as soon as what it needs is there. */
async function start(starting: Starting): Promise<void> {
  const { config, references, tenants, log, readiness, stop, stops, database, clock, backlog, publisherHandle } =
    starting;
  const health = (component: Component, reason: string | undefined, cause?: unknown) =>
    readiness.report(component, reason, cause);
  const stopWatching = watchDatabase({
    database,
    clock,
    health: (reason, cause) => {
      readiness.report('database', reason, cause);
    },
    log,
  });
  backlog.start();
  stops.other(
    () => Promise.resolve(stopWatching()),
    () => backlog.stop(),
  );

  const broker = await trying(stop, readiness, 'broker', () =>
    connectKafka({
      brokers: config.brokers,
      security: config.kafkaSecurity,
      clientId: 'pet-service',
      sessionTimeoutMs: config.sessionTimeoutMs,
      compression: config.compression,
      maxBatchBytes: config.maxBatchBytes,
      log,
    }),
  );
  if (broker === undefined) return;
  stops.other(() => broker.close());
  await trying(stop, readiness, 'migrations', async () => {
    try {
      await clock.look(database);
      await requireMigrations(database);
    } catch (error) {
      throw databaseErrorOf(error) ?? error;
    }
  });
  if (stop.aborted) return;
  const stopWatchingBroker = watchBroker({
    broker,
    topics: config.topics,
    brokerHealth: (reason, cause) => {
      readiness.report('broker', reason, cause);
    },
    topicsHealth: (reason) => {
      readiness.report('topics', reason);
    },
  });
  stops.other(() => Promise.resolve(stopWatchingBroker()));

  const publisher = new Publisher({
    database,
    broker,
    channels: SENT,
    topicOf: (channel) => config.topicOf(channel),
    floorOf: (channel) => backlog.floorOf(channel),
    health: (reason, cause) => {
      readiness.report('publisher', reason, cause);
    },
    throttled: (reason) => {
      readiness.report('throttling', reason);
    },
    log,
  });
  publisherHandle.publish = (records) => {
    publisher.publish(records);
  };
  publisherHandle.heldStreams = (channel) => publisher.heldStreams(channel);
  const publisherPort: PublisherPort = {
    publish: publisherHandle.publish,
    isFull: (channel) => publisher.isFull(channel) || backlog.full(channel) !== undefined,
    isBusy: () => publisher.isBusy(),
  };
  const consumer = new Consumer({
    database,
    broker,
    publisher: publisherPort,
    group: config.groupId,
    start: config.start,
    handlers: new Map(HANDLERS.map((handler) => [config.topicOf(handler.channel.name), handler])),
    references: references.sources,
    outage: references.outage,
    tenants,
    forwardedHeaders: config.forwardedHeaders,
    hungerInterval: config.hungerIntervalMs,
    clock: () => clock.now(),
    health,
    log,
  });
  publisher.start();
  readiness.report('publisher', undefined);
  readiness.report('throttling', undefined);
  await consumer.start();
  const movement = new MovementConsumer({
    database,
    broker,
    publisher: publisherPort,
    tenants,
    forwardedHeaders: config.forwardedHeaders,
    topic: config.topicOf(petMovement.name),
    group: movementGroupOf(config.groupId),
    health,
    log,
  });
  await movement.start();
  const schedule = new Schedule({
    database,
    tenants,
    references: references.sources,
    sweeps: [
      { sweep: hungerSweep(config.hungerIntervalMs), every: Math.min(LOOK_FOR_HUNGER, config.hungerIntervalMs) },
      { sweep: expirationSweep, every: config.expirationIntervalMs },
    ],
    publisher: publisherPort,
    clock: () => clock.now(),
    health,
    log,
  });
  schedule.start();
  // What runs is finished, its events leave, then the group is left.
  stops.intake(() => consumer.drain());
  stops.intake(() => movement.stop());
  stops.intake(() => schedule.stop());
  stops.other(
    () => consumer.leave(),
    () => publisher.stop(),
  );
}

/** What a component needs to be looked at. */
const UNREACHABLE = {
  broker: 'BROKER_UNREACHABLE',
  migrations: 'DATABASE_UNREACHABLE',
} as const satisfies Partial<Record<Component, ErrorCode>>;
const SILENT = {
  broker: 'The broker does not answer',
  migrations: 'The database does not answer',
} as const satisfies Record<keyof typeof UNREACHABLE, string>;

/**
 * Tries until it works and reports why it does not; undefined when the service is stopped first. An attempt that gets no answer is
 * reported before it ends: with a broker that is silent in the middle of a login it takes half a minute.
 */
async function trying<Result>(
  stop: AbortSignal,
  readiness: Readiness,
  component: keyof typeof UNREACHABLE,
  attempt: () => Promise<Result>,
): Promise<Result | undefined> {
  const backoff = new Backoff(250, 2_000);
  while (!stop.aborted) {
    const late = () => {
      readiness.report(component, sentence(UNREACHABLE[component], SILENT[component]));
    };
    try {
      const result = await noticeLate(MAX_ANSWER_MS, late, attempt);
      readiness.report(component, undefined);
      return result;
    } catch (error) {
      if (error instanceof ServiceError) readiness.report(component, error.reason, error.cause);
      else readiness.report(component, sentence(UNREACHABLE[component], `The ${component} cannot be looked at`), error);
      await backoff.wait(stop);
    }
  }
  return undefined;
}

try {
  await main();
} catch (error) {
  reportFailedStart(error);
  await endProcess(1);
}
