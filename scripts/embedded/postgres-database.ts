import pg from 'pg';

/** Returns false while the server does not take connections yet. */
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
 * Creates the database if it is missing, under another name first: an interrupted preparation must not look complete.
 * @param prepare gets the URL of the new database
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
  // The watch of its process reports a server that ends.
  client.on('error', () => undefined);
  return client;
}

/** Returns whether the server does not listen yet, or is starting up (57P03). */
function isNotYet(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined || code === '57P03' || code.startsWith('ECONN');
}
