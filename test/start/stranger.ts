import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
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
import { setTimeout as delay } from 'node:timers/promises';
import { EMBEDDED, ROOT } from '../../scripts/embedded/folders.ts';
import { survivors, treeOf, type RunningProcess } from './processes.ts';

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

/** A checkout as a stranger has it, in a folder that only its owner may enter (as `mktemp -d` makes it). */
export interface Checkout {
  folder: string;
  user: User;
  env: NodeJS.ProcessEnv;
}

/** What git has and would add; packages and jars are linked, since fetching them is the package managers' test. */
export function checkOut(user: User): Checkout {
  const parent = mkdtempSync(join(tmpdir(), 'stranger-'));
  const folder = join(parent, 'pet-service');
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT })
    .toString()
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(ROOT, file)));
  for (const file of files) copy(join(ROOT, file), join(folder, file));
  link(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, '.embedded'));
  for (const jars of readdirSync(EMBEDDED).filter((name) => /^kafka-jars-\w+$/.test(name))) {
    link(join(EMBEDDED, jars), join(folder, '.embedded', jars));
  }
  const home = join(parent, 'home');
  mkdirSync(home);
  for (const owned of [parent, folder, join(folder, '.embedded'), home]) chownSync(owned, user.uid, user.gid);
  chmodSync(parent, 0o700);
  return { folder, user, env: { PATH: pathOfAStranger(), HOME: home, CI: 'true' } };
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  const { atime, mtime } = lstatSync(from);
  utimesSync(to, atime, mtime);
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
function pathOfAStranger(): string {
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

/** Removes the checkout, and the folder under /var/tmp that stands for it where Postgres could not enter it. */
export function remove(checkout: Checkout): void {
  const { folder } = checkout;
  for (const name of readdirSync('/var/tmp').filter((entry) => entry.startsWith('pet-service-postgres-'))) {
    const mark = join('/var/tmp', name, 'belongs-to');
    if (existsSync(mark) && readFileSync(mark, 'utf8').startsWith(folder)) {
      rmSync(dirname(mark), { recursive: true });
    }
  }
  rmSync(dirname(folder), { recursive: true, force: true });
}

/** A command that was typed, with what it has printed so far. */
export interface Typed {
  pid: number;
  output(): string;
  /** Everything it has started that we know of. */
  tree(): RunningProcess[];
  /** Resolves with what matched, as soon as it was printed; rejects when the command ends before. */
  untilPrinted(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when a process of its tree has such a command line; rejects when the command ends before. */
  untilRuns(command: RegExp): Promise<void>;
  exited: Promise<number>;
  /** Resolves when nothing of it runs any more; rejects, naming what does, after so long. */
  untilGone(limitMs: number): Promise<void>;
  /** Ends whatever is left of it, by force. */
  kill(): Promise<void>;
}

/** Types a command in the checkout, in a process group of its own as a shell would. */
export function type(checkout: Checkout, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Typed {
  const { folder, user } = checkout;
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...checkout.env, ...env },
    uid: user.uid,
    gid: user.gid,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  let ended: number | undefined;
  const exited = once(child, 'exit').then(([code]) => (ended = (code as number | null) ?? -1));
  const pid = child.pid ?? 0;
  const seen = new Map<string, RunningProcess>();
  const tree = () => {
    for (const member of treeOf(pid)) seen.set(`${String(member.pid)} ${member.began}`, member);
    return [...seen.values()];
  };
  const until = async <T>(what: string, look: () => T | null): Promise<T> => {
    for (;;) {
      const found = look();
      if (found !== null) return found;
      if (ended !== undefined) throw new Error(`ended with ${String(ended)} before there was ${what}:\n${output}`);
      tree();
      await delay(50);
    }
  };
  return {
    pid,
    output: () => output,
    tree,
    exited,
    untilPrinted: (pattern) => until(String(pattern), () => pattern.exec(output)),
    async untilRuns(command) {
      await until(String(command), () => tree().find((process) => command.test(process.command)) ?? null);
    },
    async untilGone(limitMs) {
      const until = Date.now() + limitMs;
      for (;;) {
        const left = survivors([...seen.values()], folder);
        if (left.length === 0) return;
        if (Date.now() > until) {
          const names = left.map((process) => `${String(process.pid)} ${process.command}`).join('\n');
          throw new Error(`still there after ${String(limitMs)} ms:\n${names}\n\n${output}`);
        }
        await delay(50);
      }
    },
    async kill() {
      tree();
      for (
        let left = survivors([...seen.values()], folder);
        left.length > 0;
        left = survivors([...seen.values()], folder)
      ) {
        for (const process of left) killIfThere(process.pid);
        await delay(50);
      }
    },
  };
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone between the look and the signal.
  }
}
