/** Which broker, database and service a command uses: those that the environment names, else those of a running `npm start`. */
import { ServiceError } from '../errors.ts';
import { readRunning } from './running-file.ts';
import type { Running } from './running-file.ts';

const VARIABLES = {
  brokers: { name: 'KAFKA_BROKERS', form: 'host:port', what: 'broker' },
  databaseUrl: { name: 'DATABASE_URL', form: 'postgresql://user:password@host:port/database', what: 'database' },
  httpUrl: { name: 'PET_SERVICE_URL', form: 'http://host:port', what: 'service' },
} as const satisfies Record<keyof Running, object>;

type Part = keyof Running;

/**
 * Returns the addresses. Which of them are those of a running `npm start` is said on standard error, without a password.
 *
 * @throws if the environment names no such part and no `npm start` runs, or if it names another broker or database than
 * the running one: two parts that do not belong together must not be mixed.
 */
export function findParts<const Wanted extends Part>(...wanted: readonly Wanted[]): Pick<Running, Wanted> {
  const named = new Map(wanted.map((part) => [part, process.env[VARIABLES[part].name] || undefined]));
  const unnamed = wanted.filter((part) => named.get(part) === undefined);
  const running = unnamed.length > 0 ? readRunning() : undefined;
  for (const part of unnamed) {
    if (running === undefined) throw missing(part, 'no npm start is running');
    for (const [other, value] of named) {
      if (value !== undefined && value !== running[other]) {
        const { name, what } = VARIABLES[other];
        throw missing(part, `the running npm start has another ${what} than ${name}`);
      }
    }
    console.error(`using the ${VARIABLES[part].what} of the running npm start: ${withoutSecrets(running[part])}`);
  }
  const found = wanted.map((part) => [part, named.get(part) ?? running?.[part]]);
  return Object.fromEntries(found) as Pick<Running, Wanted>;
}

function missing(part: Part, why: string): ServiceError {
  const { name, form } = VARIABLES[part];
  const what = `${name} is not set, and ${why}. Set ${name} (${form}), or run npm start in another terminal`;
  return new ServiceError('CONFIG_INVALID', what);
}

/** Host, port and name of what a URL names. */
function withoutSecrets(address: string): string {
  if (!URL.canParse(address) || !address.includes('://')) return address;
  const { host, pathname } = new URL(address);
  return `${host}${pathname.replace(/\/$/, '')}`;
}
