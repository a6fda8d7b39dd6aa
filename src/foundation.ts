/** What runs from the start to the end of the service, even while database or broker are down: HTTP answers all the time. */
import { petStatus } from '../generated/contract/channels/pet-status.js';
import type { Config } from './config.ts';
import { startHttp } from './http/server.ts';
import type { Logger } from './log.ts';
import { Backlog } from './outbox/backlog.ts';
import type { Publisher } from './outbox/publisher.ts';
import type { Readiness } from './readiness.ts';
import type { Stops } from './stops.ts';
import { DatabaseClock } from './store/clock.ts';
import { shareConnections } from './store/connection-shares.ts';
import { openDatabase } from './store/database.ts';
import type { Database } from './store/database.ts';
import { Tenants } from './store/tenants.ts';
import { watchDatabase } from './store/watch.ts';

/** What others use of the publisher, which starts only after the broker has been reached. */
export interface PublisherHandle {
  publish: Publisher['publish'];
  heldStreams: Publisher['heldStreams'];
}

export interface FoundationOptions {
  readonly config: Config;
  /** The channels that the service sends to, by the contract's names of them. */
  readonly sentChannels: readonly string[];
  readonly log: Logger;
  readonly readiness: Readiness;
  readonly stops: Stops;
}

export interface Foundation {
  readonly database: Database;
  readonly clock: DatabaseClock;
  readonly tenants: Tenants;
  readonly backlog: Backlog;
  /** Gets the publisher's functions once there is a publisher. */
  readonly publisherHandle: PublisherHandle;
}

/**
 * Opens the database, its clock and the backlog of the outbox, and starts the HTTP server. None of them waits for the
 * database.
 *
 * @throws {ServiceError} PORT_TAKEN
 */
export async function openFoundation(options: FoundationOptions): Promise<Foundation> {
  const { config, sentChannels, log, readiness, stops } = options;
  const { databaseUrl, databasePasswordFile: passwordFile, forwardedHeaders } = config;
  const connections = shareConnections(config.databaseConnections);
  const database = openDatabase(databaseUrl, { passwordFile, connections: connections.service });
  const clock = new DatabaseClock();
  // While there is no publisher, the records of created pets wait in the outbox, like those of an instance that died.
  const publisherHandle: PublisherHandle = { publish: () => undefined, heldStreams: () => [] };
  const backlog = new Backlog({
    database,
    channels: sentChannels,
    topicOf: (channel) => config.topicOf(channel),
    maxRows: config.outboxMaxRows,
    maxAgeMs: config.outboxMaxAgeMs,
    heldStreams: (channel) => publisherHandle.heldStreams(channel),
    health: (reason, cause) => {
      readiness.report('outbox', reason, cause);
    },
    log,
  });
  // HTTP has connections of its own, so that requests never take those of consuming and publishing.
  const httpDatabase = openDatabase(databaseUrl, { passwordFile, connections: connections.http });
  const tenants = new Tenants(forwardedHeaders);
  const http = await startHttp({
    host: config.httpHost,
    port: config.httpPort,
    database: httpDatabase,
    connections: connections.http,
    tenants,
    forwardedHeaders,
    publish: (records) => publisherHandle.publish(records),
    outboxFullReason: () => backlog.fullReason(petStatus.name),
    clock: () => clock.now(),
    readiness,
    log,
  });
  log.info({ url: http.url }, 'HTTP listens');
  stops.intake(() => http.close());
  stops.other(
    () => database.$disconnect(),
    () => httpDatabase.$disconnect(),
  );
  return { database, clock, tenants, backlog, publisherHandle };
}

/** Checks the database and the outbox at intervals, from now on, and reports their health. */
export function watchFoundation(
  { database, clock, backlog }: Foundation,
  { log, readiness, stops }: Pick<FoundationOptions, 'log' | 'readiness' | 'stops'>,
): void {
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
}
