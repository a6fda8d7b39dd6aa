/** `npm run migrate` does the same as Prisma's command line, without it. */
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { ROOT } from '../../src/operator/folders.ts';
import { runTool } from '../../scripts/embedded/tool.ts';
import { markRolledBack, migrate } from '../../src/operator/migrate/migrations.ts';
import { required } from '../support/database.ts';
import { runScript } from '../support/script.ts';

const MIGRATIONS = join(ROOT, 'prisma', 'migrations');

let admin: pg.Client;
let name: string;
let url: string;
let folder: string;
let all: string[];

beforeAll(async () => {
  admin = new pg.Client({ connectionString: required('TEST_DATABASE_URL') });
  await admin.connect();
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  all = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
});

afterAll(() => admin.end());

beforeEach(async () => {
  name = `migrate_${crypto.randomUUID().slice(0, 8)}`;
  await admin.query(`CREATE DATABASE ${name}`);
  const address = new URL(required('TEST_DATABASE_URL'));
  address.pathname = `/${name}`;
  url = address.href;
  folder = await mkdtemp(join(tmpdir(), 'migrations-'));
});

afterEach(async () => {
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await rm(folder, { recursive: true, force: true });
});

const quiet = () => undefined;
const migrateByScript = () => runScript('migrate', [], { ...process.env, DATABASE_URL: url });

/** Creates a folder with these migrations, and returns its path. */
async function folderOf(names: readonly string[]): Promise<string> {
  const copy = join(folder, 'migrations');
  for (const one of [...names, 'migration_lock.toml']) {
    await cp(join(MIGRATIONS, one), join(copy, one), { recursive: true });
  }
  return copy;
}

/** Runs Prisma's command line on a folder of migrations. */
async function prisma(migrations: string, ...args: readonly string[]) {
  const config = join(folder, 'prisma.config.ts');
  const schema = join(ROOT, 'prisma', 'schema.prisma');
  const text = JSON.stringify({ schema, migrations: { path: migrations }, datasource: { url } });
  // The configuration of the project chooses the engine.
  const own = JSON.stringify(join(ROOT, 'prisma.config.ts'));
  await writeFile(config, `import ${own};\nexport default ${text};\n`);
  const program = join(ROOT, 'node_modules', 'prisma-cli', 'build', 'index.js');
  const run = await runTool(process.execPath, [program, ...args, '--config', config], { cwd: ROOT });
  if (run === undefined) throw new Error('Node was not found');
  return run;
}

/** Returns the rows of `_prisma_migrations`, without times and random ids. */
async function records() {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ migration_name: string }>(
      `SELECT migration_name, checksum, applied_steps_count, logs, finished_at IS NOT NULL AS finished, rolled_back_at
       FROM _prisma_migrations ORDER BY migration_name`,
    );
    return rows;
  } finally {
    await client.end();
  }
}

describe('npm run migrate', () => {
  it("continues where Prisma's command line has stopped, and vice versa, with the same records", async () => {
    const half = await folderOf(all.slice(0, 4));
    expect(await prisma(half, 'migrate', 'deploy')).toMatchObject({ code: 0 });
    expect(await migrate(url, quiet)).toEqual(all.slice(4));
    const mixed = await records();
    expect(mixed.map(({ migration_name }) => migration_name)).toEqual(all);
    expect(await prisma(MIGRATIONS, 'migrate', 'status')).toMatchObject({
      code: 0,
      output: expect.stringContaining('Database schema is up to date'),
    });

    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${name}`);
    expect(await migrate(url, quiet, { folder: half })).toEqual(all.slice(0, 4));
    expect(await prisma(MIGRATIONS, 'migrate', 'deploy')).toMatchObject({ code: 0 });
    expect(await records()).toEqual(mixed);
    expect(await migrate(url, quiet)).toEqual([]);
  });

  it('may run three times concurrently', async () => {
    const runs = await Promise.all([1, 2, 3].map(migrateByScript));
    expect(runs).toEqual(runs.map(() => expect.objectContaining({ status: 0, stderr: '' })));
    expect((await records()).map(({ migration_name }) => migration_name)).toEqual(all);
    expect(await migrateByScript()).toEqual({
      status: 0,
      stdout: 'the database has every migration already\n',
      stderr: '',
    });
  });

  it('reports a failed migration with its error and remedy, and applies no other until it is marked as rolled back', async () => {
    const migrations = await folderOf(all.slice(0, 1));
    const bad = join(migrations, '20990101000000_bad');
    await mkdir(bad);
    await writeFile(join(bad, 'migration.sql'), 'CREATE TABLE half (id int); SELECT 1 / 0;');
    const remedy = 'Correct what was wrong, then run: npm run migrate -- --rolled-back 20990101000000_bad';
    await expect(migrate(url, quiet, { folder: migrations })).rejects.toThrow(
      `20990101000000_bad failed: division by zero. ${remedy}`,
    );
    await writeFile(join(bad, 'migration.sql'), 'CREATE TABLE half (id int);');
    await expect(migrate(url, quiet, { folder: migrations })).rejects.toThrow(
      new RegExp(`^20990101000000_bad failed before, at .* UTC, and prevents all others. ${remedy}$`),
    );
    await markRolledBack(url, '20990101000000_bad');
    expect(await migrate(url, quiet, { folder: migrations })).toEqual(['20990101000000_bad']);
  });

  it('reports in one sentence that the database does not answer', async () => {
    const nowhere = { ...process.env, DATABASE_URL: 'postgresql://pets:secret@127.0.0.1:1/pets' };
    const { status, stderr } = await runScript('migrate', [], nowhere);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(
        /^npm run migrate: Cannot read the applied migrations: .*\(DATABASE_UNREACHABLE\).*\n$/,
      ),
    });
    expect(stderr).not.toContain('secret');
  });
});
