import pg from 'pg';

/** False while the server does not take connections yet. */
export async function answers(url: string): Promise<boolean> {
  const client = newClient(url);
  try {
    await client.connect();
  } catch (error) {
    if (isNotYet(error)) return false;
    throw error;
  }
  await client.end();
  return true;
}

/**
 * Creates the database if it is missing, under another name first: a killed preparation must not look like a finished
 * one.
 * @param prepare gets the URL of the fresh database
 */
export async function createDatabase(
  maintenanceUrl: string,
  name: string,
  prepare: (url: string) => Promise<unknown>,
): Promise<void> {
  const unfinished = `${name}_unfinished`;
  const client = newClient(maintenanceUrl);
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount !== 0) return;
    await client.query(`DROP DATABASE IF EXISTS ${unfinished}`);
    await client.query(`CREATE DATABASE ${unfinished}`);
    const url = new URL(maintenanceUrl);
    url.pathname = `/${unfinished}`;
    await prepare(url.href);
    await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`);
  } finally {
    await client.end();
  }
}

function newClient(connectionString: string): pg.Client {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  // A server that dies meanwhile shows in its process.
  client.on('error', () => undefined);
  return client;
}

/** Nobody listens yet, or the server says that it is starting up (57P03). */
function isNotYet(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined || code === '57P03' || code.startsWith('ECONN');
}
