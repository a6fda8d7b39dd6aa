/**
 * What `npm start` and `npm test` do before the project's own code can run: check Node, install what the lockfile
 * names, go on under Node 24. Plain JavaScript without dependencies, since it runs in a fresh clone under the user's
 * own, older Node.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LOCKFILE = join(ROOT, 'package-lock.json');
const MODULES = join(ROOT, 'node_modules');
const GUARD = join(ROOT, 'scripts', 'guard.sh');
/** Holds the hash of the lockfile that was installed last. */
const STAMP = join(MODULES, '.installed-lockfile');
const OWN_NODE = join(MODULES, '.bin', 'node');
const NODE_TO_INSTALL = [20, 0];
const NODE_TO_RUN = [24, 11];

/** Runs `entry` (a path below the project's folder) with this process' arguments, once everything it needs is there. */
export async function bootstrap(entry) {
  requireNode();
  endWithNpm();
  if (!isInstalled()) await install();
  const path = join(ROOT, entry);
  if (isAtLeast(process.versions.node, NODE_TO_RUN)) await import(pathToFileURL(path).href);
  else await goOnUnderNode24(path);
}

/** Shows the help where it was asked for, and ends the process. */
export function answerHelp(help) {
  if (!process.argv.some((argument) => argument === '--help' || argument === '-h')) return;
  console.log(help);
  process.exit(0);
}

/** Says what is wrong with the command line, and ends the process as shells do. */
export function usageError(command, sentence) {
  fail(`${command}: ${sentence}. See: ${command} -- --help`, 2);
}

function requireNode() {
  if (isAtLeast(process.versions.node, NODE_TO_INSTALL)) return;
  fail(
    `pet-service needs Node ${NODE_TO_INSTALL[0]} or later to install itself, and this is ${process.versions.node}.\n` +
      'Get a newer one from your system ("apt-get install nodejs", "brew install node") or with a version manager ("nvm install 24").',
  );
}

/** Node's version in two numbers is at least the wanted one. */
function isAtLeast(version, wanted) {
  const [major, minor] = version.split('.').map(Number);
  return major > wanted[0] || (major === wanted[0] && minor >= wanted[1]);
}

function isInstalled() {
  const record = join(MODULES, '.package-lock.json');
  if (!existsSync(record)) return false;
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lockfileHash()) return true;
  // No stamp: whoever ran npm by hand after the lockfile changed has installed what it says.
  return !existsSync(STAMP) && statSync(record).mtimeMs >= statSync(LOCKFILE).mtimeMs;
}

function lockfileHash() {
  return createHash('sha256').update(readFileSync(LOCKFILE)).digest('hex');
}

async function install() {
  // npm would empty the folder behind the link: it is somebody else's.
  if (lstatSync(MODULES, { throwIfNoEntry: false })?.isSymbolicLink())
    fail(
      'node_modules is a link, and its packages are not those of package-lock.json. Remove the link, then run it again.',
    );
  const what = 'installing the packages of package-lock.json';
  console.log(`${what} (about a minute, only the first time)`);
  const begun = Date.now();
  const progress = setInterval(() => console.log(`${what} … ${Math.round((Date.now() - begun) / 1000)} s`), 5000);
  const npmCli = process.env.npm_execpath;
  const [command, ...before] = npmCli ? [process.execPath, npmCli] : ['npm'];
  // Whatever the environment says, the tools that generate, check and migrate are needed.
  const args = [...before, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  // npm goes on for long after a signal, to undo what the next install removes anyway: so it is ended by force.
  const code = await run(command, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] }, 'SIGKILL');
  clearInterval(progress);
  if (code > 128) process.exit(code);
  if (code !== 0)
    fail(`The packages could not be installed: "npm ci" ended with exit code ${code} (its message is above).`);
  writeFileSync(STAMP, lockfileHash());
}

async function goOnUnderNode24(path) {
  const found = existsSync(OWN_NODE) ? spawnSync(OWN_NODE, ['--version'], { encoding: 'utf8' }).stdout : null;
  if (!found || !isAtLeast(found.slice(1), NODE_TO_RUN)) {
    fail(
      `pet-service runs on Node ${NODE_TO_RUN.join('.')} or later. npm installs it on Linux; for this platform ` +
        `(${process.platform}-${process.arch}) there is no such package, and your own Node is ${process.versions.node}.\n` +
        'Get it from your system or with a version manager ("nvm install 24"), then run the same command again.',
    );
  }
  const env = { ...process.env, PATH: [join(MODULES, '.bin'), process.env.PATH].join(delimiter) };
  const args = [path, ...process.argv.slice(2)];
  process.exit(await run(OWN_NODE, args, { stdio: ['ignore', 'inherit', 'inherit'], env }));
}

/**
 * Runs a program to its end and returns its exit code, as a shell would: 128 and more after a signal. It has a group of
 * its own: Ctrl-C reaches it once, through this process, and not twice. It ends when this process is killed.
 * @param force sent for every signal that would end this process; undefined passes them on
 */
function run(command, args, options, force) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, detached: true });
    child.on('error', (error) => fail(`"${command}" could not be run: ${error.message}`));
    if (child.pid === undefined) return;
    let asked;
    const forward = (signal) => {
      asked = signal;
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, force ?? signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
    const release = guard(child.pid, force ?? 'SIGTERM');
    child.on('exit', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, forward);
      release();
      resolve(signal === null ? code : 128 + constants.signals[asked ?? signal]);
    });
  });
}

/** What scripts/embedded/guard.ts does, for what runs before TypeScript does. */
function guard(pid, signal) {
  const args = [GUARD, String(pid), signal.replace('SIG', ''), '0'];
  const shell = spawn('/bin/sh', args, { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  for (const part of [shell, shell.stdin]) part.on('error', () => undefined);
  return () => shell.stdin.end('released\n');
}

/** npm that is killed by SIGKILL takes nothing with it; what it started then stops as if it had been asked to. */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  watch.unref();
}

function fail(message, code = 1) {
  console.error(message);
  process.exit(code);
}
