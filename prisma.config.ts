import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'prisma-cli/config';

// `prisma generate` and `prisma validate` need no database, so a missing URL is no fault here.
const url = process.env['DATABASE_URL'];
const root = fileURLToPath(new URL('.', import.meta.url));

chooseSchemaEngine();

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(url && { datasource: { url } }),
});

/**
 * Prisma's CLI works through a native program, which @prisma/engines downloads when it is installed (package.json
 * allows that script). Where that host could not be reached the CLI would try again at every command, and fail; a
 * stand-in built on the same engine, compiled to WebAssembly, takes its place there. It also does where the native one would
 * connect otherwise than the service: it knows neither libpq's `sslmode` nor a password file. Whoever sets
 * PRISMA_SCHEMA_ENGINE_BINARY decides himself.
 */
function chooseSchemaEngine(): void {
  const isPlain = !process.env['DATABASE_PASSWORD_FILE'] && !/[?&]ssl/.test(url ?? '');
  if (process.env['PRISMA_SCHEMA_ENGINE_BINARY'] || (isPlain && hasNativeEngine())) return;
  process.env['PRISMA_SCHEMA_ENGINE_BINARY'] = join(root, 'scripts', 'schema-engine.mjs');
  // Its first line asks the PATH for "node"; the project's own is to answer.
  process.env['PATH'] = [join(root, 'node_modules', '.bin'), process.env['PATH']].filter(Boolean).join(delimiter);
}

function hasNativeEngine(): boolean {
  const engines = join(root, 'node_modules', '@prisma', 'engines');
  try {
    return readdirSync(engines).some((name) => name.startsWith('schema-engine-') && !/\.(gz|sha256|tmp)/.test(name));
  } catch {
    return false;
  }
}
