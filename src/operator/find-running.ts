/** Finds the broker, database and service of a command: those that the environment names, else those of a running `npm start`. */
import { ServiceError } from '../errors.ts';
import { readRunning } from './running-file.ts';
import type { RunningAddresses } from './running-file.ts';

const VARIABLES = {
  brokers: { variable: 'KAFKA_BROKERS', form: 'host:port', what: 'broker' },
  databaseUrl: { variable: 'DATABASE_URL', form: 'postgresql://user:password@host:port/database', what: 'database' },
  httpUrl: { variable: 'PET_SERVICE_URL', form: 'http://host:port', what: 'service' },
} as const satisfies Record<keyof RunningAddresses, object>;

type AddressName = keyof RunningAddresses;

/**
 * Returns addresses. Names those of a running `npm start` on standard error, without a password.
 *
 * @throws if the environment does not name an address and no `npm start` runs, or if it names another broker or database than
 * the running one: a broker and a database that do not belong together must not be mixed.
 */
export function findAddresses<const Wanted extends AddressName>(
  ...wanted: readonly Wanted[]
): Pick<RunningAddresses, Wanted> {
  const named = new Map(wanted.map((name) => [name, process.env[VARIABLES[name].variable] || undefined]));
  const unnamed = wanted.filter((name) => named.get(name) === undefined);
  const running = unnamed.length > 0 ? readRunning() : undefined;
  for (const name of unnamed) {
    if (running === undefined) throw missing(name, 'no npm start is running');
    for (const [other, value] of named) {
      if (value !== undefined && value !== running[other]) {
        const { variable, what } = VARIABLES[other];
        throw missing(name, `the running npm start has another ${what} than ${variable}`);
      }
    }
    console.error(`using the ${VARIABLES[name].what} of the running npm start: ${withoutSecrets(running[name])}`);
  }
  const found = wanted.map((name) => [name, named.get(name) ?? running?.[name]]);
  return Object.fromEntries(found) as Pick<RunningAddresses, Wanted>;
}

function missing(name: AddressName, why: string): ServiceError {
  const { variable, form } = VARIABLES[name];
  const what = `${variable} is not set, and ${why}. Set ${variable} (${form}), or run npm start in another terminal`;
  return new ServiceError('CONFIG_INVALID', what);
}

/** Returns host, port and name of a URL. */
function withoutSecrets(address: string): string {
  if (!URL.canParse(address) || !address.includes('://')) return address;
  const { host, pathname } = new URL(address);
  return `${host}${pathname.replace(/\/$/, '')}`;
}
