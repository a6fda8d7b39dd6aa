/** The steps of the start that wait for other systems, and what the start reports. main.ts joins them. */
import type { Config } from './config.ts';
import { sentence, ServiceError } from './errors.ts';
import type { ErrorCode } from './errors.ts';
import type { Logger } from './log.ts';
import { Readiness } from './readiness.ts';
import type { Impact } from './readiness.ts';
import { stopRequested } from './stops.ts';
import type { Stops } from './stops.ts';
import type { DatabaseClock } from './store/clock.ts';
import { databaseErrorOf } from './store/database-error.ts';
import type { Database } from './store/database.ts';
import { requireMigrations } from './store/migrations.ts';
import type { Broker } from './transport/broker.ts';
import { connectionFault } from './transport/connection-fault.ts';
import { connectKafka } from './transport/kafkajs.ts';
import { MAX_ANSWER_MS, watchBroker } from './transport/topics.ts';
import { Backoff, messageOf, noticeLate } from './waiting.ts';

/** Logs what is valid in the configuration and should be changed nevertheless. */
export function warnOfSettings(config: Config, log: Logger): void {
  for (const { name, formerName } of config.renamedVariables)
    log.warn({ name, formerName }, sentence('VARIABLE_RENAMED', `${formerName} is now called ${name}`));
  const { tls, login } = config.kafkaSecurity;
  if (tls === undefined && (login?.mechanism === 'plain' || login?.mechanism === 'oauthbearer'))
    log.warn(
      { mechanism: login.mechanism },
      sentence('CREDENTIALS_UNENCRYPTED', 'Credentials go to the brokers unencrypted'),
    );
}

/**
 * Returns the readiness of the service, whose changes are logged until it stops, and the signal to stop. From the first
 * SIGTERM on the readiness is `not ready`.
 */
export function createReadiness<Component extends string>(
  components: Readonly<Record<Component, Impact>>,
  { config, log }: { readonly config: Config; readonly log: Logger },
): { readonly readiness: Readiness; readonly stop: AbortSignal } {
  const readiness = new Readiness(components, (component, reason, impact, cause) => {
    if (reason === undefined) log.info({ part: component }, 'ready');
    else if (!stop.aborted) {
      const error = cause === undefined ? {} : { error: messageOf(connectionFault(cause) ?? cause) };
      log.warn({ part: component, reason, ...error }, impact);
    }
  });
  const stop = stopRequested({
    log,
    delayMs: config.shutdownDelayMs,
    announce: () => {
      readiness.stop();
    },
  });
  return { readiness, stop };
}

export interface StartUp {
  readonly config: Config;
  readonly log: Logger;
  readonly readiness: Readiness;
  readonly stop: AbortSignal;
  /** Gets how to stop each component, in the order of their start. */
  readonly stops: Stops;
  readonly database: Database;
  readonly clock: DatabaseClock;
}

/**
 * Connects to the broker, waits until the database has all migrations, and watches the broker from then on. Retries
 * until it works.
 *
 * @returns undefined if the service is stopped first.
 */
export async function connectBroker(startUp: StartUp): Promise<Broker | undefined> {
  const { config, log, readiness, stop, stops, database, clock } = startUp;
  const broker = await retryUntilUp(startUp, 'broker', () =>
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
  if (broker === undefined) return undefined;
  stops.other(() => broker.close());
  await retryUntilUp(startUp, 'migrations', async () => {
    try {
      await clock.read(database);
      await requireMigrations(database);
    } catch (error) {
      throw databaseErrorOf(error) ?? error;
    }
  });
  if (stop.aborted) return undefined;
  const stopWatching = watchBroker({
    broker,
    topics: config.topics,
    brokerHealth: (reason, cause) => {
      readiness.report('broker', reason, cause);
    },
    topicsHealth: (reason) => {
      readiness.report('topics', reason);
    },
  });
  stops.other(() => Promise.resolve(stopWatching()));
  return broker;
}

/** The components that the start waits for: what a failed attempt reports. */
const WAITED_FOR = {
  broker: {
    code: 'BROKER_UNREACHABLE',
    silent: 'The broker does not answer',
    failed: 'Cannot connect to the broker',
  },
  migrations: {
    code: 'DATABASE_UNREACHABLE',
    silent: 'The database does not answer',
    failed: 'Cannot read the migrations of the database',
  },
} as const satisfies Record<string, { code: ErrorCode; silent: string; failed: string }>;

/**
 * Calls `attempt` until it succeeds, and reports why it fails. An attempt without an answer is reported before it ends: a
 * broker that falls silent during a login would otherwise go unreported for half a minute.
 *
 * @returns undefined if the service is stopped first.
 */
async function retryUntilUp<Result>(
  { stop, readiness }: Pick<StartUp, 'stop' | 'readiness'>,
  component: keyof typeof WAITED_FOR,
  attempt: () => Promise<Result>,
): Promise<Result | undefined> {
  const { code, silent, failed } = WAITED_FOR[component];
  const backoff = new Backoff(250, 2_000);
  const reportSilence = () => {
    readiness.report(component, sentence(code, silent));
  };
  while (!stop.aborted) {
    try {
      const result = await noticeLate(MAX_ANSWER_MS, reportSilence, attempt);
      readiness.report(component, undefined);
      return result;
    } catch (error) {
      if (error instanceof ServiceError) readiness.report(component, error.reason, error.cause);
      else readiness.report(component, sentence(code, failed), error);
      await backoff.wait(stop);
    }
  }
  return undefined;
}
