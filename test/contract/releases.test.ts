/** `npm run contract -- check`, `diff` and `release`, in folders with a small contract and its releases. */
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { run, withFolder } from '../../generator/test/command.ts';
import { ROOT } from '../../src/operator/folders.ts';

const CONTRACT = `asyncapi: 3.0.0
info: { title: Depot, version: 1.0.0 }
channels:
  crates:
    address: crates
    messages:
      Stored: { payload: { $ref: '#/components/schemas/Stored' } }
  orders:
    address: orders
    messages:
      Order: { payload: { type: object, required: [size], properties: { size: { type: integer, maximum: 9 } } } }
operations:
  sendStored: { action: send, channel: { $ref: '#/channels/crates' } }
  receiveOrder: { action: receive, channel: { $ref: '#/channels/orders' } }
components:
  schemas:
    Stored:
      type: object
      required: [shelf]
      properties:
        shelf: { type: integer }
`;

const version = (text: string, to: string) => text.replace(/version: [\d.]+/, `version: ${to}`);
const withNote = (text: string) => `${text}        note: { type: string }\n`;
const withLid = (text: string) => `${text}        lid: { type: string }\n`;
const narrow = (text: string) => text.replace('maximum: 9', 'maximum: 8');
const shelfMayBeMissing = (text: string) => text.replace('      required: [shelf]\n', '');

const TEAMS = {
  'contract/consumers/stores.yaml':
    'team: stores\nsummary: Finds crates.\nreads: [{ message: Stored, fields: [shelf] }]\n',
  'contract/consumers/shops.yaml': 'team: shops\nsummary: Orders.\nsends: [{ message: Order, examples: [{ summary: one, payload: { size: 1 } }] }]\n', // prettier-ignore
};

interface Project {
  write(files: Readonly<Record<string, string>>): Promise<void>;
  read(path: string): Promise<string>;
  remove(path: string): Promise<void>;
  /** Runs an action, and returns its exit code and all that it prints. */
  contract(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }>;
  files(): Promise<string[]>;
}

/** Calls `use` with a project that has the contract, its teams, and a release of 1.0.0. */
async function withProject(use: (project: Project) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const project: Project = {
      async write(files) {
        for (const [path, text] of Object.entries(files)) {
          await mkdir(dirname(join(folder, path)), { recursive: true });
          await writeFile(join(folder, path), text);
        }
      },
      read: (path) => readFile(join(folder, path), 'utf8'),
      remove: (path) => rm(join(folder, path), { recursive: true }),
      async contract(...args) {
        const { code, stdout, stderr } = await run(join(ROOT, 'scripts/contract/main.ts'), args, folder);
        return { code, output: stdout + stderr };
      },
      files: async () => (await readdir(join(folder, 'contract'), { recursive: true })).sort(),
    };
    await project.write({ 'asyncapi.yaml': CONTRACT, ...TEAMS });
    expect(await project.contract('release', '--date', '2026-01-31')).toMatchObject({ code: 0 });
    await use(project);
  });
}

it('contract -- diff names the revision of each file', async () => {
  const message = (kind: string) =>
    `    ${kind}: { payload: { type: object, required: [kind], properties: { kind: { const: ${kind} } } } }\n`;
  const channels = `crates:\n  messages:\n${message('stored')}`;
  await withFolder(async (folder) => {
    const git = (...args: readonly string[]) => execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], { cwd: folder }); // prettier-ignore
    const contract = "asyncapi: 3.0.0\ninfo: { title: Depot, version: 1.0.0 }\nchannels: { crates: { $ref: './parts/channels.yaml#/crates' } }\n"; // prettier-ignore
    await writeFile(join(folder, 'asyncapi.yaml'), contract);
    await mkdir(join(folder, 'parts'));
    await writeFile(join(folder, 'parts/channels.yaml'), channels + message('sold'));
    git('init', '--quiet', '--initial-branch=main');
    git('add', '.');
    git('commit', '--quiet', '--no-gpg-sign', '--message', 'Sell crates');
    await writeFile(join(folder, 'parts/channels.yaml'), channels);
    const { stdout } = await run(join(ROOT, 'scripts/contract/main.ts'), ['diff', '--against', 'main'], folder);
    expect(stdout).toContain('main:parts/channels.yaml:4 breaking message-removed\n');
    expect(stdout).toContain('  at #/crates/messages/sold');
  });
});

describe('contract -- check', () => {
  it('refuses a breaking change without a major version, and names the team', async () => {
    await withProject(async ({ write, contract }) => {
      await write({ 'asyncapi.yaml': version(narrow(CONTRACT), '1.1.0') });
      const { code, output } = await contract('check');
      expect(code).toBe(1);
      expect(output).toContain('Breaks producers: shops (sends size).');
      expect(output).toContain('Compared with contract/released/1.0.0.yaml: breaking. The change is a major one: 1.0.0 to 1.1.0, and info.version must be 2.0.0 at least.'); // prettier-ignore
      const github = await contract('check', '--github');
      expect(github.output).toMatch(
        /^::error file=asyncapi\.yaml,line=11,title=range-changed::.*%0ABreaks producers: shops \(sends size\)\.%0A/m,
      );
    });
  });

  it('accepts the release itself, and an addition with a minor version', async () => {
    await withProject(async ({ write, contract }) => {
      const same = 'Compared with contract/released/1.0.0.yaml: safe. No change: both are 1.0.0.\n';
      expect(await contract('check')).toEqual({ code: 0, output: expect.stringContaining(same) });
      await write({ 'asyncapi.yaml': withNote(CONTRACT) });
      expect(await contract('check')).toMatchObject({ code: 1, output: expect.stringContaining('must be 1.1.0') });
      await write({ 'asyncapi.yaml': version(withNote(CONTRACT), '1.1.0') });
      expect((await contract('check')).code).toBe(0);
    });
  });

  it('compares with all releases of the same major version', async () => {
    await withProject(async ({ write, contract }) => {
      // The old clients that send up to 9 are still there, although 1.1.0 went past them by a waiver.
      const waiver = (pointer: string) => `- { rule: range-changed, pointer: '${pointer}', reason: agreed, expires: 2999-12-31 }\n`; // prettier-ignore
      const pointer = '#/channels/orders/messages/Order/payload/properties/size/maximum';
      await write({ 'asyncapi.yaml': version(narrow(CONTRACT), '1.1.0'), 'contract/waivers.yaml': waiver(pointer) });
      expect((await contract('release')).code).toBe(0);
      // Only the comparison with 1.0.0 needs the waiver.
      expect((await contract('check')).code).toBe(0);
      expect((await contract('diff', '--against', 'contract/released/1.1.0.yaml')).code).toBe(0);
      await write({ 'contract/waivers.yaml': '' });
      const { code, output } = await contract('check');
      expect(code).toBe(1);
      expect(output).toMatch(/1\.1\.0\.yaml: safe\. .*\nCompared with contract\/released\/1\.0\.0\.yaml: breaking\./);
      await write({ 'contract/waivers.yaml': waiver(pointer) + waiver('#/nothing') });
      const unused = await contract('check');
      expect([unused.code, unused.output.match(/is unused: remove it/g)?.length]).toEqual([1, 1]);
      expect(unused.output).toContain('The waiver of range-changed at #/nothing is unused');
    });
  });

  it('refuses a released file that is not the version of its name', async () => {
    await withProject(async ({ write, contract }) => {
      await write({ 'contract/released/1.0.0.yaml': version(CONTRACT, '1.0.1') });
      const { code, output } = await contract('check');
      expect(code).toBe(1);
      expect(output).toContain(
        'contract/released/1.0.0.yaml has the version 1.0.1. A released contract is not changed',
      );
    });
  });

  it.each([
    ['empty', '', 'is no AsyncAPI document: it has no field asyncapi'],
    ['no YAML', `${CONTRACT}  - [`, 'asyncapi.yaml: '],
    ['no AsyncAPI', 'openapi: 3.1.0\n', 'is no AsyncAPI document: it has no field asyncapi'],
    ['a list', '- 1\n', 'is no AsyncAPI document: it has no field asyncapi'],
  ])('needs a contract that can be read: %s', async (_name, text, sentence) => {
    await withProject(async ({ write, contract }) => {
      await write({ 'asyncapi.yaml': text });
      for (const action of ['check', 'release']) {
        const { code, output } = await contract(action);
        expect([code, output.includes(sentence)]).toEqual([2, true]);
        expect(output).toMatch(/^npm run contract: asyncapi\.yaml: /);
        expect(output).not.toMatch(/^ +at /m);
      }
    });
  });

  it('needs declarations that can be read', async () => {
    await withProject(async ({ write, contract }) => {
      await write({ 'contract/consumers/shops.yaml': 'team: shops\n' });
      expect(await contract('check')).toMatchObject({ code: 2, output: expect.stringContaining("has no 'summary'") });
    });
  });
});

describe('contract -- release', () => {
  it('writes the contract as it is, and a changelog', async () => {
    await withProject(async ({ write, read, contract, files }) => {
      expect(await read('contract/released/1.0.0.yaml')).toBe(CONTRACT);
      const second = version(withNote(CONTRACT), '1.1.0');
      await write({ 'asyncapi.yaml': second });
      const dry = await contract('release', '--date', '2026-02-28', '--dry-run');
      expect([dry.code, dry.output.includes('## [1.1.0] - 2026-02-28'), await files()]).toEqual([0, true, [
        'CHANGELOG.md',
        'consumers',
        'consumers/shops.yaml',
        'consumers/stores.yaml',
        'released',
        'released/1.0.0.yaml',
      ]]); // prettier-ignore
      expect((await contract('release', '--date', '2026-02-28')).code).toBe(0);
      expect(await read('contract/released/1.1.0.yaml')).toBe(second);
      await write({
        'asyncapi.yaml': version(`# Words.\n${second.replace('title: Depot', 'title: The depot')}`, '1.1.1'),
      });
      expect((await contract('release', '--date', '2026-03-01')).code).toBe(0);
      await write({ 'asyncapi.yaml': version(narrow(shelfMayBeMissing(second)), '2.0.0') });
      expect((await contract('release', '--date', '2026-03-31')).code).toBe(0);
      expect(await read('contract/CHANGELOG.md')).toBe(`# Changelog

What changes from one released version of the contract to the next, newest first. \`npm run contract -- release\` writes this file.

## [2.0.0] - 2026-03-31

### Breaking

- Clients of the old version may send Order in a form that the service does not accept: the rule "maximum" of /size refuses it. Breaks producers: shops (sends size).
- The service may send Stored in a form that readers of the old version do not accept: the rule "required" of /shelf refuses it. Breaks consumers: stores (reads shelf).

### Added

- Stored may have fields or values that it did not have.

## [1.1.1] - 2026-03-01

### Changed

- The document differs in nothing that a reader refuses, and has nothing new: other words, or fewer values than before.

## [1.1.0] - 2026-02-28

### Added

- Stored may have fields or values that it did not have.

## [1.0.0] - 2026-01-31

First release.
`);
      expect((await files()).filter((name) => !name.startsWith('consumers'))).toEqual([
        'CHANGELOG.md',
        'released',
        'released/1.0.0.yaml',
        'released/1.1.0.yaml',
        'released/1.1.1.yaml',
        'released/2.0.0.yaml',
      ]);
    });
  });

  it('does nothing if the same content is released', async () => {
    await withProject(async ({ read, contract }) => {
      const changelog = await read('contract/CHANGELOG.md');
      const { code, output } = await contract('release', '--date', '2026-02-28');
      expect([code, output]).toEqual([
        0,
        '1.0.0 is already released, with the same content: contract/released/1.0.0.yaml\n',
      ]);
      expect(await read('contract/CHANGELOG.md')).toBe(changelog);
    });
  });

  it.each([
    [
      'another content of a released version',
      withNote(CONTRACT),
      '1.0.0 is already released, with other content. Set info.version of asyncapi.yaml to 1.1.0 at least',
    ],
    ['a lower version', version(CONTRACT, '0.9.0'), '0.9.0 is lower than 1.0.0, the newest release'],
    [
      'a breaking change',
      version(narrow(CONTRACT), '1.1.0'),
      '1.1.0 is not released. Set info.version of asyncapi.yaml as the comparison needs it',
    ],
    ['a version that is too low', version(withNote(CONTRACT), '1.0.1'), 'and info.version must be 1.1.0 at least'],
    [
      'a version that is none',
      version(CONTRACT, '2'),
      'asyncapi.yaml: line 2 (#/info/version) is 2, which is no semantic version; set it to one such as 1.2.3',
    ],
    [
      'a contract without a version',
      CONTRACT.replace(', version: 1.0.0', ''),
      'asyncapi.yaml: line 2 (#/info) has no info.version; set it to a version such as 1.2.3',
    ],
    [
      'a document of several files',
      version(CONTRACT, '1.0.1').replace("'#/components/schemas/Stored'", './stored.yaml'),
      'asyncapi.yaml refers to other files (./stored.yaml)',
    ],
  ])('refuses %s', async (_name, text, sentence) => {
    await withProject(async ({ write, contract, files }) => {
      await write({ 'asyncapi.yaml': text, 'stored.yaml': 'type: object\nrequired: [shelf]\nproperties: { shelf: { type: integer } }' }); // prettier-ignore
      const before = await files();
      expect(await contract('release')).toMatchObject({ code: 1, output: expect.stringContaining(sentence) });
      expect(await files()).toEqual(before);
    });
  });

  it('completes a run that ended between the release and the changelog', async () => {
    await withProject(async ({ write, read, remove, contract }) => {
      const changelog = await read('contract/CHANGELOG.md');
      const entries = async () => (await read('contract/CHANGELOG.md')).match(/^(?:## |- ).*/gm);
      const added = '- Stored may have fields or values that it did not have.';
      const second = version(withNote(CONTRACT), '1.1.0');
      // A folder of this name lets the second write fail.
      await write({ 'asyncapi.yaml': second, 'contract/CHANGELOG.md.new/file': '' });
      expect((await contract('release', '--date', '2026-02-27')).code).toBe(1);
      expect(await read('contract/released/1.1.0.yaml')).toBe(second);
      expect(await read('contract/CHANGELOG.md')).toBe(changelog);
      await remove('contract/CHANGELOG.md.new');
      const dry = await contract('release', '--date', '2026-02-28', '--dry-run');
      expect(dry.output).toMatch(/^contract\/CHANGELOG\.md would be written, with this entry:\n\n## \[1\.1\.0\]/);
      expect((await contract('release', '--date', '2026-02-28')).code).toBe(0);
      expect(await entries()).toEqual(['## [1.1.0] - 2026-02-28', added, '## [1.0.0] - 2026-01-31']);
      // Another version is released instead: both are.
      await write({ 'asyncapi.yaml': version(withLid(second), '1.2.0'), 'contract/CHANGELOG.md': changelog });
      expect((await contract('release', '--date', '2026-03-01')).code).toBe(0);
      expect(await entries()).toEqual(['## [1.2.0] - 2026-03-01', added, '## [1.1.0] - 2026-03-01', added, '## [1.0.0] - 2026-01-31']); // prettier-ignore
    });
  });

  it('releases pre-releases of the next version', async () => {
    await withProject(async ({ write, contract, files }) => {
      await write({ 'asyncapi.yaml': version(narrow(CONTRACT), '2.0.0-beta.1') });
      expect((await contract('release')).code).toBe(0);
      await write({ 'asyncapi.yaml': version(shelfMayBeMissing(CONTRACT), '2.0.0-beta.2') });
      expect((await contract('release')).code).toBe(0);
      await write({ 'asyncapi.yaml': version(CONTRACT, '2.0.0-alpha.1') });
      expect((await contract('release')).output).toContain('2.0.0-alpha.1 is lower than 2.0.0-beta.2');
      await write({ 'asyncapi.yaml': version(CONTRACT, '2.0.0') });
      expect((await contract('release')).code).toBe(0);
      expect((await files()).filter((file) => file.endsWith('0.yaml'))).toEqual(['released/1.0.0.yaml', 'released/2.0.0.yaml']); // prettier-ignore
    });
  });

  it.each([
    [['release', '--date', '2026-02-30'], "--date is a date such as 2026-12-31, not '2026-02-30'"],
    [['release', '--github'], 'release does not take --github'],
    [['check', 'a.yaml'], 'check does not take a.yaml'],
    [['diff', '--against', 'a.yaml', '--dry-run'], 'diff does not take --dry-run'],
    [['diff', '--explain', 'range-changed', 'a.yaml'], 'diff does not take a.yaml'],
    [['diff', '--explain', 'range-changed', '--json'], 'diff does not take --json'],
    [[], 'Name an action: diff, check or release'],
    [['publish'], "Unknown action 'publish'"],
  ])('is not for %j', async (args, sentence) => {
    const { code, stdout, stderr } = await run(join(ROOT, 'scripts/contract/main.ts'), args);
    expect([code, stdout, stderr]).toEqual([2, '', `npm run contract: ${sentence}. See: npm run contract -- --help\n`]);
  });
});

it('diff --explain prints the paragraph of a rule', async () => {
  const { code, stdout } = await run(join(ROOT, 'scripts/contract/main.ts'), ['diff', '--explain', 'key-added']);
  expect([code, stdout.startsWith('key-added\n\nRecords need a key. ')]).toEqual([0, true]);
});

it('each release has an entry of the changelog', async () => {
  const changelog = await readFile(join(ROOT, 'contract/CHANGELOG.md'), 'utf8');
  const released = await readdir(join(ROOT, 'contract/released'));
  const entries = [...changelog.matchAll(/^## \[(.+)\] - \d{4}-\d{2}-\d{2}$/gm)].map(
    ([, version]) => `${version}.yaml`,
  );
  expect(entries.sort()).toEqual(released.sort());
});
