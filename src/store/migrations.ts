import { readdir } from 'node:fs/promises';
import { ServiceError } from '../errors.ts';
import { query, statement } from './statement.ts';
import type { Connection } from './statement.ts';

const MIGRATIONS = new URL('../../prisma/migrations/', import.meta.url);

export const migrationsTableStatement = statement(
  `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists,
          has_schema_privilege(to_regnamespace('public'), 'USAGE') IS FALSE AS "isHidden"`,
  [],
  { exists: 'bool', isHidden: 'bool' },
);

export const appliedMigrationsStatement = statement(
  `SELECT migration_name::text AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
  [],
  { name: 'text' },
);

/** @throws {ServiceError} MIGRATIONS_PENDING, naming the migrations that the database has not had. */
export async function requireMigrations(connection: Connection): Promise<void> {
  const pending = await pendingMigrations(connection);
  if (pending.length > 0) throw new ServiceError('MIGRATIONS_PENDING', `Migrations are pending: ${pending.join(', ')}`);
}

/**
 * Migrations of this release that the database has not had.
 * @throws {ServiceError} DATABASE_RIGHTS_MISSING if the role may not look for them.
 */
export async function pendingMigrations(connection: Connection, folder: string | URL = MIGRATIONS): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const wanted = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const [table] = await query(connection, migrationsTableStatement);
  if (table?.isHidden === true) {
    throw new ServiceError('DATABASE_RIGHTS_MISSING', 'The database role lacks rights: USAGE on schema public');
  }
  if (table?.exists !== true) return wanted.sort();
  const applied = new Set((await query(connection, appliedMigrationsStatement)).map(({ name }) => name));
  return wanted.filter((name) => !applied.has(name)).sort();
}
