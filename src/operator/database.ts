/** Opens the database for one command. */
import { ConfigError } from '../config.ts';
import { openDatabase } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { addressFaults } from '../store/database-url.ts';
import { findAddresses } from './find-running.ts';

/** One for a transaction, one for a statement outside of it. */
const CONNECTIONS = 2;

/**
 * Opens a database, uses it and closes it.
 *
 * @throws {ConfigError} if the URL cannot be used.
 */
export async function withDatabase<Result>(
  url: string,
  passwordFile: string | undefined,
  use: (database: Database) => Promise<Result>,
): Promise<Result> {
  const faults = addressFaults(url, passwordFile);
  if (faults.length > 0) throw new ConfigError(faults);
  const database = openDatabase(url, { passwordFile, connections: CONNECTIONS });
  try {
    return await use(database);
  } finally {
    await database.$disconnect();
  }
}

/** Uses the database of the service, by its variables; without DATABASE_URL that of a running `npm start`. */
export function withServiceDatabase<Result>(use: (database: Database) => Promise<Result>): Promise<Result> {
  const { databaseUrl } = findAddresses('databaseUrl');
  return withDatabase(databaseUrl, passwordFileOf(process.env), use);
}

/** Returns the path of the file with the password. A variable that is empty counts as not set. */
export function passwordFileOf(environment: NodeJS.ProcessEnv): string | undefined {
  return environment['DATABASE_PASSWORD_FILE'] || undefined;
}
