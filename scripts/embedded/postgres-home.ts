import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Say } from './embedded.ts';

/** The folders and the user of Postgres: root may not run it. */
export interface PostgresHome {
  /** Folder with bin/, lib/ and share/. */
  native: string;
  /** Folder that holds the cluster; the server's user may write there. */
  home: string;
  /** Undefined: the current user. */
  user: User | undefined;
}

interface User {
  name: string;
  uid: number;
  gid: number;
}

const SHARED_PARENT = '/var/tmp';
const PREFIX = 'pet-service-postgres-';
/** The file that names the data folder of a folder outside of the project. */
const BELONGS_TO = 'belongs-to';

/**
 * An ordinary user runs the binaries where they are, with the data in `dataDir`. Root hands both to an unprivileged
 * user; where that user cannot enter the checkout (a parent with mode 0700), both go to a folder under /var/tmp whose
 * name follows from `dataDir`, so that the next start finds its data again.
 */
export function prepareHome(installed: string, dataDir: string, say: Say): PostgresHome {
  if (process.getuid?.() !== 0) return { native: installed, home: dataDir, user: undefined };
  const user = unprivilegedUser();
  if (canReach(user, join(installed, 'bin', 'postgres')) && canReach(user, dataDir)) {
    return { native: installed, home: homeOf(user, dataDir), user };
  }
  removeAbandoned();
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const base = join(SHARED_PARENT, PREFIX + hash);
  // Owned by root, so that no other user can place links where root writes; the user may pass through.
  ownFolder(base, { name: 'root', uid: 0, gid: 0 }, 0o711);
  writeFileSync(join(base, BELONGS_TO), dataDir);
  say(`Postgres runs as the user "${user.name}", who cannot enter ${dataDir}: its files are in ${base}`);
  return { native: copyBinaries(installed, base), home: homeOf(user, base), user };
}

function homeOf(user: User, base: string): string {
  const home = join(base, `as-${user.name}`);
  ownFolder(home, user, 0o700);
  return home;
}

/** Returns the user `postgres` if the system has it, else `nobody`. */
function unprivilegedUser(): User {
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    'Postgres refuses to run as root, and /etc/passwd has neither a user "postgres" nor "nobody" to run it as. ' +
      'Add one of them ("useradd --system postgres"), start as an ordinary user, or set DATABASE_URL to a database of your own.',
  );
}

/** Tests the access as that user: groups, ACLs and mount options count as well as modes. */
function canReach(user: User, path: string): boolean {
  const test = spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', path], { cwd: '/', uid: user.uid, gid: user.gid });
  return test.status === 0;
}

/** Creates the folder for that user. @throws if another user has a folder of this name there. */
function ownFolder(folder: string, user: User, mode: number): void {
  if (!existsSync(folder)) {
    mkdirSync(folder);
    chownSync(folder, user.uid, user.gid);
  }
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== user.uid) {
    throw new Error(
      `${folder} should be a folder of the user "${user.name}" for Postgres, and is not. Remove or rename it.`,
    );
  }
  chmodSync(folder, mode);
}

/** Copies the installed binaries once, and again when another version was installed. */
function copyBinaries(installed: string, base: string): string {
  const { version } = JSON.parse(readFileSync(join(installed, '..', 'package.json'), 'utf8')) as { version: string };
  const native = join(base, `binaries-${version}`);
  if (existsSync(native)) return native;
  for (const name of readdirSync(base).filter((entry) => entry.startsWith('binaries-'))) {
    rmSync(join(base, name), { recursive: true, force: true });
  }
  const unfinished = join(base, 'binaries-unfinished');
  cpSync(installed, unfinished, { recursive: true, verbatimSymlinks: true });
  renameSync(unfinished, native);
  return native;
}

/** Removes the folders of deleted checkouts. */
function removeAbandoned(): void {
  for (const name of readdirSync(SHARED_PARENT).filter((entry) => entry.startsWith(PREFIX))) {
    const folder = join(SHARED_PARENT, name);
    const found = lstatSync(folder);
    const mark = join(folder, BELONGS_TO);
    if (!found.isDirectory() || found.uid !== 0 || !existsSync(mark)) continue;
    const dataDir = readFileSync(mark, 'utf8');
    // Empty: another start is writing it now.
    if (dataDir !== '' && !existsSync(dataDir)) rmSync(folder, { recursive: true, force: true });
  }
}
