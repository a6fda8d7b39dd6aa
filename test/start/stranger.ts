/** Users and checkouts as of somebody who has just cloned the project. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fetchJars } from '../../scripts/embedded/jars.ts';
import { ROOT } from '../../src/operator/folders.ts';

export interface User {
  name: string;
  uid: number;
  gid: number;
}

/** Returns the user that runs the tests and, if that is root, one without privileges. */
export function users(): User[] {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const nobody = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('nobody:'))
    ?.split(':');
  const current = { name: uid === 0 ? 'root' : 'the current user', uid, gid };
  if (uid !== 0 || nobody === undefined) return [current];
  return [current, { name: 'nobody', uid: Number(nobody[2]), gid: Number(nobody[3]) }];
}

/** Returns the user with the fewest privileges. */
export function ordinaryUser(): User {
  return users().at(-1)!;
}

/** A fresh checkout in a folder that only its owner may enter (as `mktemp -d` creates it). */
export interface Checkout {
  folder: string;
  home: string;
  user: User;
  env: NodeJS.ProcessEnv;
}

/** Creates a checkout. Links packages and jars into it, since downloading them is no subject of these tests. */
export async function checkOut(user: User): Promise<Checkout> {
  const jars = await fetchJars((line) => process.stderr.write(`${line}\n`));
  const parent = mkdtempSync(join(tmpdir(), 'stranger-'));
  const folder = join(parent, 'pet-service');
  copyFiles(folder);
  link([...neededPackages(), relative(ROOT, jars)], folder);
  const home = join(parent, 'home');
  mkdirSync(home);
  // Commands keep their compiled code in node_modules.
  const owned = [parent, folder, join(folder, 'node_modules'), join(folder, '.embedded'), home];
  for (const path of owned) chownSync(path, user.uid, user.gid);
  chmodSync(parent, 0o700);
  return { folder, home, user, env: { PATH: newcomersPath(), HOME: home, CI: 'true' } };
}

/** Copies the files that git has or would add, with their times. */
export function copyFiles(folder: string): void {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const file of files.toString().split('\0')) {
    const [from, to] = [join(ROOT, file), join(folder, file)];
    if (file === '' || !existsSync(from)) continue;
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
    const { atime, mtime } = lstatSync(from);
    utimesSync(to, atime, mtime);
  }
}

/**
 * Returns what `npm start` and `npm run demo` need of node_modules, relative to the root: the packages of a production install,
 * Node and Postgres. The others have nine of ten files.
 */
function neededPackages(): string[] {
  const { packages } = readJson('node_modules/.package-lock.json') as { packages: Record<string, { dev?: boolean }> };
  const { optionalDependencies: tools } = readJson('tools/package.json') as { optionalDependencies: object };
  const needed = Object.keys(packages).filter((path) => {
    const [, name = '', ...nested] = path.split(/(?:^|\/)node_modules\//);
    return nested.length === 0 && (packages[path]?.dev !== true || name in tools);
  });
  const others = ['.bin', '.package-lock.json', '.installed-lockfile'].map((name) => join('node_modules', name));
  return [...needed, ...others].filter((path) => existsSync(join(ROOT, path)));
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

/** Links files and folders of the root into a folder, each with its path. */
function link(paths: readonly string[], folder: string): void {
  const copy = (options: string) =>
    execFileSync('cp', [options, '--parents', ...paths, folder], { cwd: ROOT, stdio: 'pipe' });
  try {
    copy('-al');
  } catch {
    // The folder is on another file system, or links to other users' files are not allowed.
    for (const path of paths) rmSync(join(folder, path), { recursive: true, force: true });
    copy('-a');
  }
}

/** Returns PATH without the folders that npm and jest prepend. */
export function newcomersPath(): string {
  const entries = (process.env['PATH'] ?? '').split(delimiter);
  return entries.filter((entry) => !/node_modules|node-gyp-bin/.test(entry)).join(delimiter);
}

/** Returns a PATH with only node, npm and a shell. */
export function pathWithoutJava(checkout: Checkout): string {
  const folder = join(dirname(checkout.folder), 'bin');
  mkdirSync(folder);
  for (const name of ['node', 'npm', 'sh', 'env']) {
    const where = newcomersPath()
      .split(delimiter)
      .map((entry) => join(entry, name))
      .find(existsSync);
    if (where !== undefined) symlinkSync(where, join(folder, name));
  }
  return folder;
}

/** Returns the folders of a checkout: its own, and one under /var/tmp if Postgres cannot enter the first. */
export function foldersOf({ folder }: Checkout): string[] {
  const others = readdirSync('/var/tmp').filter((entry) => {
    const mark = join('/var/tmp', entry, 'belongs-to');
    return (
      entry.startsWith('pet-service-postgres-') && existsSync(mark) && readFileSync(mark, 'utf8').startsWith(folder)
    );
  });
  return [folder, ...others.map((entry) => join('/var/tmp', entry))];
}

/** Returns the files that must not exist while nothing runs: unfinished data, and files about processes. */
export function leftovers(checkout: Checkout): string[] {
  const [folder = '', ...others] = foldersOf(checkout);
  return [join(folder, '.embedded'), ...others].flatMap((each) =>
    (readdirSync(each, { recursive: true }) as string[]).filter((path) => /unfinished|running\.json|\.pid/.test(path)),
  );
}

/** Removes the checkout and all its folders. */
export function remove(checkout: Checkout): void {
  for (const folder of foldersOf(checkout)) rmSync(folder, { recursive: true, force: true });
  rmSync(dirname(checkout.folder), { recursive: true, force: true });
}
