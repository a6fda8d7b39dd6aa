/** The composition root: lists the rooms of the service and joins them. Runs until a signal stops it. */
import { once } from 'node:events';
import { channels } from '../generated/contract/channels.js';
import { petMovement } from '../generated/contract/channels/pet-movement.js';
import { VERSION } from './build.ts';
import { readConfig } from './config.ts';
import { Consumer, CONSUMER_COMPONENTS } from './consumer/consumer.ts';
import { countFromZero } from './consumer/dead-letter.ts';
import { MOVEMENT_COMPONENTS, MovementConsumer } from './consumer/movement.ts';
import { openFoundation, watchFoundation } from './foundation.ts';
import type { Foundation } from './foundation.ts';
import { assetEvents } from './handlers/asset-status.ts';
import { characterEvents } from './handlers/character-status.ts';
import { petCommands } from './handlers/pet-command.ts';
import { createLog, endProcess, reportFailedStart } from './log.ts';
import { metrics } from './metrics.ts';
import { movementGroupOf } from './movement-group.ts';
import { Publisher } from './outbox/publisher.ts';
import type { PublisherPort } from './publisher-port.ts';
import type { Impact } from './readiness.ts';
import { CATALOGUE, readPetTemplates } from './reference/pet-templates.ts';
import { openReferences } from './reference/references.ts';
import type { OpenReferences } from './reference/references.ts';
import { Schedule, SCHEDULE_COMPONENTS } from './schedule/schedule.ts';
import { expirationSweep, hungerSweep } from './schedule/sweeps.ts';
import { connectBroker, createReadiness, warnOfSettings } from './start-up.ts';
import type { StartUp } from './start-up.ts';
import { Stops } from './stops.ts';
import type { Broker } from './transport/broker.ts';
import { endOnUncaught, logWarnings } from './uncaught.ts';

/** Milliseconds between two hunger sweeps: hunger is late by this much at most. */
const HUNGER_SWEEP_MS = 1_000;

const HANDLERS = [petCommands, characterEvents, assetEvents];
const channelNames = (direction: 'send' | 'receive') =>
  channels.filter((channel) => channel.direction === direction).map(({ name }) => name);
const SENT_CHANNELS = channelNames('send');
const RECEIVED_CHANNELS = channelNames('receive');

/** Every component on /readyz, with what its failure means for the service. */
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
type ComponentName = keyof typeof COMPONENTS;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const templates = await readPetTemplates(config.petTemplatesFile ?? CATALOGUE);
  const log = createLog(config.logLevel, config.groupId);
  endOnUncaught(log);
  logWarnings(log);
  warnOfSettings(config, log);
  countFromZero(RECEIVED_CHANNELS.map((channel) => config.topicOf(channel)));
  metrics.buildInfo.set({ version: VERSION, node: process.versions.node, compression: config.compression }, 1);
  const { readiness, stop } = createReadiness(COMPONENTS, { config, log });
  const stops = new Stops();
  const foundation = await openFoundation({ config, sentChannels: SENT_CHANNELS, log, readiness, stops });
  const references = openReferences({ baseUrls: config.baseUrls, templates, log, stop });
  stops.other(() => references.close());
  await start({ ...foundation, config, log, readiness, stop, stops, references });
  if (!stop.aborted) await once(stop, 'abort');
  readiness.close();
  await stops.run(log);
  log.info('stopped');
  // A component that did not stop in time would keep the process alive.
  await endProcess(0);
}

interface Rooms extends StartUp, Foundation {
  readonly references: OpenReferences;
}

/** Starts each component as soon as what it needs is up. Returns early if the service is stopped first. */
async function start(rooms: Rooms): Promise<void> {
  const { readiness, stops, backlog } = rooms;
  watchFoundation(rooms, rooms);
  const broker = await connectBroker(rooms);
  if (broker === undefined) return;

  const publisher = createPublisher(rooms, broker);
  const { publisherHandle } = rooms;
  publisherHandle.publish = (records) => {
    publisher.publish(records);
  };
  publisherHandle.heldStreams = (channel) => publisher.heldStreams(channel);
  const publisherPort: PublisherPort = {
    publish: publisherHandle.publish,
    isFull: (channel) => publisher.isFull(channel) || backlog.fullReason(channel) !== undefined,
    isBusy: () => publisher.isBusy(),
  };
  publisher.start();
  readiness.report('publisher', undefined);
  readiness.report('throttling', undefined);
  const consumers = await startConsumers(rooms, broker, publisherPort);
  const schedule = startSchedule(rooms, publisherPort);
  // First the components that take in work finish what they run; then their events are sent; then the group is left.
  stops.intake(() => consumers.records.drain());
  stops.intake(() => consumers.movement.stop());
  stops.intake(() => schedule.stop());
  stops.other(
    () => consumers.records.leave(),
    () => publisher.stop(),
  );
}

function createPublisher({ config, database, backlog, readiness, log }: Rooms, broker: Broker): Publisher {
  return new Publisher({
    database,
    broker,
    channels: SENT_CHANNELS,
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
}

/** Starts the consumer of commands and events, then that of movements, which has a group of its own. */
async function startConsumers(rooms: Rooms, broker: Broker, publisher: PublisherPort) {
  const { config, database, tenants, references, clock, log } = rooms;
  const { forwardedHeaders } = config;
  const health = healthOf(rooms);
  const records = new Consumer({
    database,
    broker,
    publisher,
    group: config.groupId,
    start: config.start,
    handlers: new Map(HANDLERS.map((handler) => [config.topicOf(handler.channel.name), handler])),
    references: references.sources,
    outage: references.outage,
    tenants,
    forwardedHeaders,
    hungerIntervalMs: config.hungerIntervalMs,
    clock: () => clock.now(),
    health,
    log,
  });
  await records.start();
  const movement = new MovementConsumer({
    database,
    broker,
    publisher,
    tenants,
    forwardedHeaders,
    topic: config.topicOf(petMovement.name),
    group: movementGroupOf(config.groupId),
    health,
    log,
  });
  await movement.start();
  return { records, movement };
}

/** Starts the sweeps of hunger and expiration. */
function startSchedule(rooms: Rooms, publisher: PublisherPort): Schedule {
  const { config, database, tenants, references, clock, log } = rooms;
  const schedule = new Schedule({
    database,
    tenants,
    references: references.sources,
    sweeps: [
      { sweep: hungerSweep(config.hungerIntervalMs), intervalMs: Math.min(HUNGER_SWEEP_MS, config.hungerIntervalMs) },
      { sweep: expirationSweep, intervalMs: config.expirationIntervalMs },
    ],
    publisher,
    clock: () => clock.now(),
    health: healthOf(rooms),
    log,
  });
  schedule.start();
  return schedule;
}

function healthOf({ readiness }: Rooms) {
  return (component: ComponentName, reason: string | undefined, cause?: unknown) =>
    readiness.report(component, reason, cause);
}

try {
  await main();
} catch (error) {
  reportFailedStart(error);
  await endProcess(1);
}
