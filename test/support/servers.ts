/** Jest's global setup and teardown of integration tests: one broker and one database server for the whole run. */
import { join } from 'node:path';
import { startKafka } from '../../scripts/embedded/kafka.ts';
import { startPostgres } from '../../scripts/embedded/postgres.ts';
import { temporaryFolder } from '../../scripts/embedded/temporary.ts';
import { migrate } from '../../src/operator/migrate/migrations.ts';
import pg from 'pg';

/** A database with all migrations: the database of each test file is a copy of it. */
export const TEMPLATE = 'pets_template';

export default async function startServers(): Promise<void> {
  const folder = await temporaryFolder();
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const [kafka, postgres] = await Promise.all([
    startKafka({ dataDir: join(folder.path, 'kafka'), port: 0, say }),
    startPostgres({ dataDir: join(folder.path, 'postgres'), port: 0, say }),
  ]);
  process.env['TEST_KAFKA_BROKERS'] = kafka.address;
  process.env['TEST_KAFKA_DATA'] = join(folder.path, 'kafka', 'data');
  process.env['TEST_DATABASE_URL'] = postgres.address;
  await migrateTemplate(postgres.address);
  globalThis.stopServers = async () => {
    await Promise.all([kafka.stop(), postgres.stop()]);
    await folder.remove();
  };
}

declare global {
  var stopServers: (() => Promise<void>) | undefined;
}

async function migrateTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE ${TEMPLATE}`);
  await client.end();
  const template = new URL(url);
  template.pathname = `/${TEMPLATE}`;
  await migrate(template.href, () => undefined);
}
