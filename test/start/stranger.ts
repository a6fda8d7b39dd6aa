/** Somebody who has just cloned the project: their user, and their checkout. */
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
import { delimiter, dirname, join } from 'node:path';
import { fetchJars } from '../../scripts/embedded/jars.ts';
import { EMBEDDED, ROOT } from '../../src/operator/folders.ts';

export interface User {
  name: string;
  uid: number;
  gid: number;
}

/** Whoever runs the tests, and somebody without privileges where root runs them. */
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

/** Of them, the one with the fewest privileges. */
export function ordinaryUser(): User {
  return users().at(-1)!;
}

/** A checkout as a stranger has it, in a folder that only its owner may enter (as `mktemp -d` makes it). */
export interface Checkout {
  folder: string;
  home: string;
  user: User;
  env: NodeJS.ProcessEnv;
}

/** Packages and jars are linked into it, since fetching them is the package managers' test. */
export async function checkOut(user: User): Promise<Checkout> {
  const jars = await fetchJars((line) => process.stderr.write(`${line}\n`));
  const parent = mkdtempSync(join(tmpdir(), 'stranger-'));
  const folder = join(parent, 'pet-service');
  copyFiles(folder);
  link(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, '.embedded'));
  link(jars, jars.replace(EMBEDDED, join(folder, '.embedded')));
  const home = join(parent, 'home');
  mkdirSync(home);
  for (const owned of [parent, folder, join(folder, '.embedded'), home]) chownSync(owned, user.uid, user.gid);
  chmodSync(parent, 0o700);
  return { folder, home, user, env: { PATH: pathOfAStranger(), HOME: home, CI: 'true' } };
}

/** What git has and would add, with its times. */
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

function link(from: string, to: string): void {
  try {
    execFileSync('cp', ['-al', from, to], { stdio: 'ignore' });
  } catch {
    // Another file system, or links to others' files are not allowed.
    rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-a', from, to]);
  }
}

/** Without what npm and jest put in front. */
export function pathOfAStranger(): string {
  const entries = (process.env['PATH'] ?? '').split(delimiter);
  return entries.filter((entry) => !/node_modules|node-gyp-bin/.test(entry)).join(delimiter);
}

/** A PATH with node, npm and a shell, and nothing else. */
export function pathWithoutJava(checkout: Checkout): string {
  const folder = join(dirname(checkout.folder), 'bin');
  mkdirSync(folder);
  for (const name of ['node', 'npm', 'sh', 'env']) {
    const where = pathOfAStranger()
      .split(delimiter)
      .map((entry) => join(entry, name))
      .find(existsSync);
    if (where !== undefined) symlinkSync(where, join(folder, name));
  }
  return folder;
}

/** Where a checkout's files are: its own folder, and the one under /var/tmp where Postgres could not enter that. */
export function foldersOf({ folder }: Checkout): string[] {
  const others = readdirSync('/var/tmp').filter((entry) => {
    const mark = join('/var/tmp', entry, 'belongs-to');
    return (
      entry.startsWith('pet-service-postgres-') && existsSync(mark) && readFileSync(mark, 'utf8').startsWith(folder)
    );
  });
  return [folder, ...others.map((entry) => join('/var/tmp', entry))];
}

/** What should not be there when nothing runs: unfinished data, and files about processes. */
export function leftovers(checkout: Checkout): string[] {
  const [folder = '', ...others] = foldersOf(checkout);
  return [join(folder, '.embedded'), ...others].flatMap((each) =>
    (readdirSync(each, { recursive: true }) as string[]).filter((path) => /unfinished|running\.json|\.pid/.test(path)),
  );
}

/** Removes the checkout and all that belongs to it. */
export function remove(checkout: Checkout): void {
  for (const folder of foldersOf(checkout)) rmSync(folder, { recursive: true, force: true });
  rmSync(dirname(checkout.folder), { recursive: true, force: true });
}
