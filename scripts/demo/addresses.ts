import { existsSync, readFileSync } from 'node:fs';

export interface Addresses {
  /** `host:port`, several with commas between. */
  readonly brokers: string;
  /** The service's HTTP side. */
  readonly httpUrl: string;
}

/** Where `npm start` says that things are. */
function findStarted(): Partial<Addresses> {
  const running = new URL('../../.embedded/running.json', import.meta.url);
  return existsSync(running) ? (JSON.parse(readFileSync(running, 'utf8')) as Partial<Addresses>) : {};
}

/** Where `npm start` says that the broker is, unless the environment names another. @throws when neither does. */
export function findBrokers(): string {
  const brokers = process.env['KAFKA_BROKERS'] ?? findStarted().brokers;
  if (!brokers) throw new Error('no broker found: run npm start in another terminal, or set KAFKA_BROKERS (host:port)');
  return brokers;
}

/** Where `npm start` says that things are, unless the environment names others. @throws when neither does. */
export function findAddresses(): Addresses {
  const started = findStarted();
  const brokers = process.env['KAFKA_BROKERS'] ?? started.brokers;
  const httpUrl = process.env['PET_SERVICE_URL'] ?? started.httpUrl;
  if (brokers === undefined || httpUrl === undefined) {
    throw new Error(
      'no running service found: run npm start in another terminal, or set KAFKA_BROKERS and PET_SERVICE_URL',
    );
  }
  return { brokers, httpUrl };
}
