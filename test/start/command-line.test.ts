/** Every script of package.json has --help, and rejects unknown options. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from '../../src/operator/folders.ts';
import { copyFiles, ordinaryUser, newcomersPath } from './stranger.ts';

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a script as npm does, but without the second that npm needs; the output goes to pipes. */
function run(name: string, ...args: string[]): Promise<Run> {
  const env = { PATH: [join(ROOT, 'node_modules', '.bin'), newcomersPath()].join(delimiter), TERM: 'xterm-256color' };
  const options = { cwd: ROOT, env, timeout: 60_000 };
  return new Promise((resolve) => {
    execFile('sh', ['-c', [scripts[name], ...args].join(' ')], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe.each([
  'start',
  'service',
  'test',
  'demo',
  'generate',
  'docs',
  'migrate',
  'topics',
  'offsets',
  'parked',
  'dead-letters',
  'bench',
  'test:chaos',
  'test:mutants',
  'check',
  'format',
])('npm run %s', (name) => {
  test('--help prints usage, purpose, options and exit codes', async () => {
    const { code, stdout, stderr } = await run(name, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: .*npm (run )?${name}\\b.*\\n\\n[A-Z0-9]`));
    expect(stdout).toMatch(/^ {2}--help +show this/m);
    expect(stdout).toMatch(/^Exit code: 0 [^]* 1 [^]* 2 /m);
    expect(stdout).not.toContain('\u001b');
  });

  test('reports an unknown option in one sentence', async () => {
    const { code, stdout, stderr } = await run(name, '--bogus');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^.*bogus.* See: npm (run )?${name} -- --help\\n$`));
    expect(stderr).not.toContain('\u001b');
  });
});

test.each([
  ['migrate', 'DATABASE_URL'],
  ['topics', 'KAFKA_BROKERS'],
])('npm run %s reports that it needs %s', async (name, variable) => {
  const { code, stderr } = await run(name);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(`^.*${variable} is not set.*\n$`) });
});

test('a command waits while another one installs the packages', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'installing-'));
  try {
    copyFiles(folder);
    mkdirSync(join(folder, '.embedded'));
    writeFileSync(join(folder, '.embedded', 'installing'), String(process.pid));
    const env = { ...process.env, PATH: newcomersPath() };
    const command = spawn('node', ['scripts/run.mjs', 'migrate'], { cwd: folder, env });
    const [printed] = (await once(command.stderr, 'data')) as [Buffer];
    command.kill();
    await once(command, 'exit');
    expect(printed.toString()).toBe('another command is installing the packages: waiting for it\n');
    expect(readdirSync(folder)).not.toContain('node_modules');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('reports in one sentence that packages are missing and the folder is not writable', async () => {
  const user = ordinaryUser();
  const folder = mkdtempSync(join(tmpdir(), 'readonly-'));
  try {
    copyFiles(folder);
    execFileSync('chmod', ['-R', 'a+rX,a-w', folder]);
    const options = { cwd: folder, env: { PATH: newcomersPath() }, uid: user.uid, gid: user.gid };
    await expect(promisify(execFile)('node', ['scripts/run.mjs', 'migrate'], options)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The packages are not installed, and cannot be: EACCES.* Run npm ci as .*\n$/),
    });
  } finally {
    execFileSync('chmod', ['-R', 'u+w', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a script ends without an error if the reader of its output closes the pipe', async () => {
  const node = join(ROOT, 'node_modules', '.bin', 'node');
  // The reader closes the pipe while Node starts, before the script writes anything.
  const script = `import('./src/operator/command-line.ts').then(({ options }) => {
    options('npm run x', 'help', {});
    setInterval(() => console.log('more'), 50);
    setTimeout(() => process.exit(3), 10_000);
  })`;
  const { stderr } = await promisify(execFile)('sh', ['-c', `("$0" -e "$1"; echo "$?" >&2) | true`, node, script], {
    cwd: ROOT,
  });
  expect(stderr).toBe('0\n');
});
