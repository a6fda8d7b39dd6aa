/** Creates databases for tests on the server of the run. */
import pg from 'pg';
import { TEMPLATE } from './servers.ts';

/** Creates a copy of the migrated template. @returns its URL. */
export async function createDatabase(name: string): Promise<string> {
  const url = new URL(required('TEST_DATABASE_URL'));
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  await client.end();
  url.pathname = `/${name}`;
  return url.href;
}

/** Returns a variable that `npm test` sets for the tests. */
export function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run the tests by npm test`);
  return value;
}
