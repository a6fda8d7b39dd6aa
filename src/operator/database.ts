/** The database, for a command of the operator. */
import { ConfigError } from '../config.ts';
import { openDatabase } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { addressFaults } from '../store/database-url.ts';
import { findParts } from './find-running.ts';

/** A statement, and a transaction beside it. */
const CONNECTIONS = 2;

/**
 * Does something with a database that nobody else has open here, and closes it.
 *
 * @throws {ConfigError} for a URL that cannot be used.
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

/** As the service does, by its variables; without DATABASE_URL the one of a running `npm start`. */
export function withServiceDatabase<Result>(use: (database: Database) => Promise<Result>): Promise<Result> {
  const { databaseUrl } = findParts('databaseUrl');
  return withDatabase(databaseUrl, passwordFileOf(process.env), use);
}

/** The file with the password; a variable set to nothing is not set. */
export function passwordFileOf(environment: NodeJS.ProcessEnv): string | undefined {
  return environment['DATABASE_PASSWORD_FILE'] || undefined;
}
