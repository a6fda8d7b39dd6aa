/**
 * Prepares a command before the project's own code can run: checks Node, installs the packages of the lockfile, and continues under
 * the Node that npm installed. Plain JavaScript without dependencies, since it runs in a fresh clone under the user's older Node.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants as files,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import module, { createRequire } from 'node:module';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SCRIPTS = join(ROOT, 'scripts');
const LOCKFILE = join(ROOT, 'package-lock.json');
const MODULES = join(ROOT, 'node_modules');
/** npm writes it at the end of an install: the list of installed packages. */
const INSTALLED = join(MODULES, '.package-lock.json');
const GUARD = join(SCRIPTS, 'guard.sh');
/** Has the hash of the lockfile that was installed last. */
const STAMP = join(MODULES, '.installed-lockfile');
/** Has the pid of the command that installs. */
const LOCK = join(ROOT, '.embedded', 'installing');
const OWN_NODE = join(MODULES, '.bin', 'node');
/** Their native code is in separate packages, one for each system: npm leaves them out with --omit=optional. */
const NATIVE = ['@node-rs/crc32', 'lz4-napi', 'snappy'];
/** Node keeps compiled code there: the service and every command take 0.7 s less CPU time to start. */
const COMPILE_CACHE = join(MODULES, '.cache', 'compiled');
const NODE_TO_INSTALL = [20, 0];
/** The same as "engines" in package.json. */
const NODE_TO_RUN = [22, 19];
/** The version that npm installs. */
const OWN_VERSION = [24, 11];

/**
 * Runs a command with these arguments, once everything it needs is installed. A developer's clone installs missing or outdated
 * packages by itself. A production install stays as it is: a command must not turn it into a developer's.
 *
 * @param typed the command as the user typed it, `npm run demo`.
 * @param command `entry`: the program, a path below scripts/; `needsTools`: whether a production install lacks what it needs;
 *   `isOffline`: whether it never talks to a broker, so that it needs no native packages.
 */
export async function bootstrap(typed, { entry, needsTools = false, isOffline = false }, args) {
  const packages = installed();
  const production = isProduction(packages);
  if (production && needsTools)
    fail(`${typed} needs the development packages, which "npm ci --omit=dev" left out. To install them run: npm ci`);
  if (!production) requireNode(NODE_TO_INSTALL, 'install itself');
  endWithNpm();
  if (!production && !isInstalled(packages)) await installAlone();
  const path = resolve(SCRIPTS, entry);
  if (!isAtLeast(process.versions.node, OWN_VERSION) && hasOwnNode()) await goOnUnderOwnNode(path, args);
  else {
    requireNode(NODE_TO_RUN, 'run');
    if (!isOffline) requireNative(typed, production);
    if (!production) keepCompiledCode();
    process.argv = [process.argv[0], path, ...args];
    await import(pathToFileURL(path).href);
  }
}

/** For this process and all that it starts. Without effect if the folder cannot be written, or Node is too old. */
function keepCompiledCode() {
  process.env['NODE_COMPILE_CACHE'] ??= COMPILE_CACHE;
  module.enableCompileCache?.(process.env['NODE_COMPILE_CACHE']);
}

/** Loads the native packages before the command does: their own error message advises to remove the lockfile. */
function requireNative(typed, production) {
  const broken = NATIVE.filter((name) => !canLoad(name));
  if (broken.length === 0) return;
  fail(
    `${typed} needs the native part of ${broken.join(', ')} for this system, which is not installed. To install it run ` +
      `on this system, without --omit=optional: npm ci${production ? ' --omit=dev' : ''}`,
  );
}

function canLoad(name) {
  try {
    createRequire(LOCKFILE)(name);
    return true;
  } catch {
    return false;
  }
}

function requireNode(wanted, what) {
  if (isAtLeast(process.versions.node, wanted)) return;
  fail(
    `pet-service needs Node ${wanted.join('.')} or later to ${what}, and this is ${process.versions.node}.\n` +
      'Get a newer one from your system ("apt-get install nodejs", "brew install node") or with a version manager ("nvm install 24").',
  );
}

/** Returns whether a version is at least the wanted one, by major and minor number. */
function isAtLeast(version, wanted) {
  const [major, minor] = version.split('.').map(Number);
  return major > wanted[0] || (major === wanted[0] && minor >= wanted[1]);
}

/** Returns whether npm has installed packages, and none that only development needs. */
function isProduction(packages) {
  // The folder tools/ is listed as one that was not installed.
  return packages.length > 0 && !packages.some(([path, { dev }]) => dev && path.startsWith('node_modules/'));
}

function isInstalled(packages) {
  // Without any optional package npm was run with --omit=optional: Node and native code are missing.
  if (!packages.some(([, { optional }]) => optional)) return false;
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lockfileHash()) return true;
  // No stamp: somebody ran npm by hand after the lockfile had changed.
  return !existsSync(STAMP) && statSync(INSTALLED).mtimeMs >= statSync(LOCKFILE).mtimeMs;
}

/** Returns path and entry of each package that npm has installed. */
function installed() {
  return existsSync(INSTALLED) ? Object.entries(JSON.parse(readFileSync(INSTALLED, 'utf8')).packages) : [];
}

function lockfileHash() {
  return createHash('sha256').update(readFileSync(LOCKFILE)).digest('hex');
}

/** Waits while another command installs: two at once would remove each other's files. */
async function installAlone() {
  try {
    mkdirSync(dirname(LOCK), { recursive: true });
    accessSync(ROOT, files.W_OK);
  } catch (error) {
    fail(`The packages are not installed, and cannot be: ${error.message}. Run npm ci as the owner of this folder.`);
  }
  for (let isFirst = true; !takeLock(); isFirst = false) {
    if (isFirst) console.error('another command is installing the packages: waiting for it');
    await delay(500);
  }
  process.once('exit', releaseLock);
  if (!isInstalled(installed())) await install();
  process.off('exit', releaseLock);
  releaseLock();
}

/** Takes the lock; removes that of a killed command. */
function takeLock() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!isAlive(Number(readFileSync(LOCK, 'utf8')))) releaseLock();
    return false;
  }
}

function releaseLock() {
  rmSync(LOCK, { force: true });
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return pid !== 0;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function install() {
  // npm would empty the folder that the link points to, which may be in use elsewhere.
  if (lstatSync(MODULES, { throwIfNoEntry: false })?.isSymbolicLink())
    fail(
      'node_modules is a link, and its packages are not those of package-lock.json. Remove the link, then run it again.',
    );
  const what = 'installing the packages of package-lock.json';
  console.error(`${what} (about a minute, only the first time)`);
  const begun = Date.now();
  const progress = setInterval(() => console.error(`${what} … ${Math.round((Date.now() - begun) / 1000)} s`), 5000);
  const npmCli = process.env.npm_execpath;
  const [command, ...before] = npmCli ? [process.execPath, npmCli] : ['npm'];
  // The tools that generate, check and migrate are needed, whatever the environment omits.
  const args = [...before, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  // npm continues for long after a signal, to undo what the next install removes anyway: so it is killed.
  const code = await run(command, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] }, 'SIGKILL');
  clearInterval(progress);
  if (code > 128) process.exit(code);
  if (code !== 0)
    fail(`The packages could not be installed: "npm ci" ended with exit code ${code} (its message is above).`);
  writeFileSync(STAMP, lockfileHash());
}

function hasOwnNode() {
  const found = existsSync(OWN_NODE) ? spawnSync(OWN_NODE, ['--version'], { encoding: 'utf8' }).stdout : null;
  return Boolean(found) && isAtLeast(found.slice(1), OWN_VERSION);
}

async function goOnUnderOwnNode(path, args) {
  const env = { ...process.env, PATH: [join(MODULES, '.bin'), process.env.PATH].join(delimiter) };
  process.exit(await run(OWN_NODE, [path, ...args], { stdio: ['ignore', 'inherit', 'inherit'], env }));
}

/**
 * Runs a program to its end and returns its exit code, as a shell would: 128 and more after a signal. It has its own process group:
 * Ctrl-C reaches it once, through this process, and not twice. It ends when this process is killed.
 * @param force is sent for every signal that would end this process; undefined forwards them
 */
function run(command, args, options, force) {
  return new Promise((settle) => {
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
      settle(signal === null ? code : 128 + constants.signals[asked ?? signal]);
    });
  });
}

/** Does the same as scripts/embedded/guard.ts, before TypeScript can run. */
function guard(pid, signal) {
  const args = [GUARD, String(pid), signal.replace('SIG', ''), '0'];
  const shell = spawn('/bin/sh', args, { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  for (const emitter of [shell, shell.stdin]) emitter.on('error', () => undefined);
  return () => shell.stdin.end('released\n');
}

/** Stops this process when npm was killed by SIGKILL, which does not stop its children. */
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
