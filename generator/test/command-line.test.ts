import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { filesIn, MANIFEST } from '../src/files.ts';
import { command, DOCUMENT, generate, PACKAGE, program, run, withFolder } from './command.ts';

describe('asyncapi-kafka', () => {
  it('--help prints usage, options and exit codes', async () => {
    const words = ['--output', '--role', '--name', '--strict', '--check', '--help', 'Exit code: 0'];
    for (const args of [['--help'], ['-h'], ['generate', '--help']]) {
      const { code, stdout, stderr } = await command(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: asyncapi-kafka generate <document> --output <dir>/);
      for (const word of words) expect(stdout).toContain(word);
    }
    expect(await program(['--help'])).toEqual(await command(['--help']));
  });

  it.each([
    ['20.19.0', 1],
    ['22.9.0', 1],
    ['22.19.0', 0],
    ['100.0.0', 0],
  ])('names the version of Node that it needs: %s', async (node, expected) => {
    const versions = `Object.defineProperty(process,'versions',{value:{...process.versions,node:'${node}'}})`;
    const { code, stderr } = await run('--import', [`data:text/javascript,${versions}`, join(PACKAGE, 'bin/asyncapi-kafka.mjs'), '--help']); // prettier-ignore
    const sentence = `asyncapi-kafka: needs Node.js 22.19 or later, and this is ${node}\n`;
    expect([code, stderr]).toEqual([expected, expected === 1 ? sentence : '']);
  });

  it.each([
    ['no command', [], 'Name a command: generate or diff'],
    ['an unknown command', ['generat', DOCUMENT], "Unknown command 'generat'"],
    ['no document', ['generate', '--output', 'out'], 'Name an AsyncAPI document'],
    ['two documents', ['generate', DOCUMENT, 'b', '--output', 'out'], 'Name one document only, without b'],
    ['no folder', ['generate', DOCUMENT], 'Name a folder: --output <dir>'],
    [
      'an unknown role',
      ['generate', DOCUMENT, '--output', 'out', '--role', 'server'],
      "--role is service or client, not 'server'",
    ],
  ])('ends with 2 and a sentence for %s', async (_what, args, sentence) => {
    expect(await command(args)).toEqual({
      code: 2,
      stdout: '',
      stderr: `asyncapi-kafka: ${sentence}. See: asyncapi-kafka --help\n`,
    });
  });

  it('ends with 2 and a sentence for an unknown option', async () => {
    expect(await program(['generate', DOCUMENT, '--output', 'out', '--chek'])).toEqual({
      code: 2,
      stdout: '',
      stderr: "asyncapi-kafka: Unknown option '--chek'. See: asyncapi-kafka --help\n",
    });
  });

  it('ends with 1 and a line for each fault of a document, and writes nothing', async () => {
    await withFolder(async (folder) => {
      const header = 'asyncapi: 3.1.0\ninfo:\n  title: without version\n';
      await writeFile(join(folder, 'invalid.yaml'), `${header}channels: {}\n`);
      await writeFile(join(folder, 'empty.yaml'), `${header}  version: '1'\nchannels: { one: {}, two: {} }\n`);
      await writeFile(join(folder, 'faulty.yaml'), FAULTY);
      await writeFile(join(folder, 'broken.yaml'), 'asyncapi: 3.0.0\ninfo: { title: open\n');

      const invalid = await program(['generate', 'invalid.yaml', '--output', 'out'], folder);
      expect({ ...invalid, stderr: '' }).toEqual({ code: 1, stdout: '', stderr: '' });
      expect(invalid.stderr).toMatch(/^invalid\.yaml: line 2 \(#\/info\):? .*version.*\n$/);

      expect(await command(['generate', 'empty.yaml', '--output', 'out'], folder)).toEqual({
        code: 1,
        stdout: '',
        stderr: 'empty.yaml: line 5 (#/channels) there is no channel with messages, so there is nothing to generate\n',
      });

      // A line for each fault, with its place.
      expect(await command(['generate', 'faulty.yaml', '--output', 'out'], folder)).toEqual({
        code: 1,
        stdout: '',
        stderr: [
          'faulty.yaml: line 8 (#/channels/coins/messages/Coin/headers/properties/mint) has x-encoding base7, which is unknown; ' +
            'known are text, uuid, ascii, uint16be, traceparent, tracestate',
          'faulty.yaml: line 9 (#/channels/coins/messages/Coin/bindings/kafka/key) has the x-key-field year, which is no ' +
            'required field of the payload; name one',
          '',
        ].join('\n'),
      });

      const broken = await command(['generate', 'broken.yaml', '--output', 'out'], folder);
      expect(broken).toMatchObject({ code: 1, stdout: '' });
      expect(broken.stderr).toMatch(/^broken\.yaml: .* at line 3, column 1/);

      const missing = await command(['generate', 'missing.yaml', '--output', 'out'], folder);
      expect(missing).toEqual({ code: 1, stdout: '', stderr: 'missing.yaml: cannot be read\n' });
      expect(await filesIn(join(folder, 'out'))).toEqual(new Map());
    });
  });
});

/** Two faults that are none of AsyncAPI. */
const FAULTY = `asyncapi: 3.0.0
info: { title: Coins, version: '1' }
channels:
  coins:
    messages:
      Coin:
        payload: { type: object, properties: { year: { type: integer } } }
        headers: { type: object, properties: { mint: { type: string, x-encoding: base7 } } }
        bindings: { kafka: { key: { type: string, x-key-field: year } } }
`;

/** A document with something to note: an example that is not valid. */
const NOTED = `asyncapi: 3.0.0
info: { title: Old Coins, version: 2.0.0 }
channels:
  coins:
    messages:
      Coin:
        payload: { type: object, required: [year], properties: { year: { type: integer } } }
        examples:
          - payload: { year: recent }
          - payload: { year: 1848 }
operations:
  strike: { action: send, channel: { $ref: '#/channels/coins' }, bindings: { kafka: { groupId: { const: mint } } } }
`;

describe('asyncapi-kafka generate', () => {
  it('writes files that name the document; --check finds what differs from them, and writes nothing', async () => {
    await withFolder(async (folder) => {
      const output = join(folder, 'the contract');
      const args = ['generate', 'plants.yaml', '--output', 'the contract'];
      const text = await readFile(DOCUMENT, 'utf8');
      await writeFile(join(folder, 'plants.yaml'), text);
      const written = await command(args, folder);
      expect(written).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^the contract: (\d+) files, \d+ changed\n$/),
      });
      const files = await filesIn(output);
      const code = [...files].filter(([path]) => /\.[jt]s$/.test(path));
      expect(code.length).toBeGreaterThan(20);
      for (const [path, content] of code) {
        const [banner] = content.split('\n');
        // The parts that are the same for every document do not name it.
        const source = /^(?:keys|record|runtime)\./.test(path) ? 'the AsyncAPI document' : 'plants.yaml';
        expect([path, banner]).toEqual([path, `// Generated by asyncapi-kafka from ${source}. Do not edit.`]);
      }
      // Each file of code has declarations, and nothing is left to compile.
      const paths = new Set(files.keys());
      const modules = [...paths].filter((path) => path.endsWith('.js'));
      expect(modules.filter((path) => !paths.has(path.replace(/js$/, 'd.ts')))).toEqual([]);
      expect([...paths].filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([]);
      expect(modules).toEqual(expect.arrayContaining(['index.js', 'operations.js', 'channels/plant-news.js']));
      expect(JSON.parse(files.get('package.json') ?? '')).toMatchObject({
        name: 'greenhouse-contract',
        version: '1.0.0',
        type: 'module',
        exports: { '.': './index.js' },
      });
      expect(await command([...args, '--check'], folder)).toMatchObject({ code: 0, stdout: '' });

      // Stale: the document was changed later.
      await writeFile(join(folder, 'plants.yaml'), text.replace('maxItems: 3', 'maxItems: 4'));
      await appendFile(join(output, 'keys.js'), '// edited\n');
      await rm(join(output, 'channels.d.ts'));
      await writeFile(join(output, 'messages/more.js'), '');
      const listed = JSON.parse(await readFile(join(output, MANIFEST), 'utf8')) as { files: string[] };
      await writeFile(join(output, MANIFEST), JSON.stringify({ files: [...listed.files, 'messages/more.js'] }));
      // A file that was not generated.
      await writeFile(join(output, 'messages/notes.ts'), '');
      const before = await filesIn(folder);

      const { code: exitCode, stderr } = await command([...args, '--check'], folder);
      expect(exitCode).toBe(1);
      expect(withoutProgress(stderr).split('\n')).toEqual([
        `the contract/${MANIFEST} is stale or was edited`,
        'the contract/channels.d.ts is missing',
        'the contract/contract.html is stale or was edited',
        'the contract/keys.js is stale or was edited',
        'the contract/messages/more.js should not be there',
        'the contract/validators.js is stale or was edited',
        "Run `asyncapi-kafka generate plants.yaml --output 'the contract'` and commit what it writes.",
        '',
      ]);
      expect(await filesIn(folder)).toEqual(before);
    });
  });

  it('writes nothing if a file that it did not write has the name of a generated one', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'keys.js'), 'mine');
      const { code, stdout, stderr } = await generate(DOCUMENT, '--output', folder);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^asyncapi-kafka: .* were not generated, .*: keys\.js\. Move them away/m);
      expect(await filesIn(folder)).toEqual(new Map([['keys.js', 'mine']]));
    });
  });

  it('notes on standard error what is no fault; --strict refuses it, and writes nothing', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'coins.yaml'), NOTED);
      const note =
        'coins.yaml: line 9 (#/channels/coins/messages/Coin/examples/0) is not a valid message, and is left out: ' +
        'payload /year must be integer\n';
      const args = ['generate', 'coins.yaml', '--output', 'out'];
      const strict = await command([...args, '--strict'], folder);
      expect({ ...strict, stderr: withoutProgress(strict.stderr) }).toEqual({ code: 1, stdout: '', stderr: note });
      expect(await filesIn(join(folder, 'out'))).toEqual(new Map());

      const noted = await command(args, folder);
      expect(noted).toMatchObject({ code: 0, stdout: expect.stringMatching(/^out: \d+ files, \d+ changed\n$/) });
      expect(withoutProgress(noted.stderr)).toBe(note);
      const files = await filesIn(join(folder, 'out'));
      expect(JSON.parse(files.get('package.json') ?? '')).toMatchObject({
        name: 'old-coins-contract',
        version: '2.0.0',
      });
      expect(files.get('operations.js')).toContain("action: 'send'");
      expect(files.get('examples.js')).not.toContain('recent');
      expect(files.get('examples.js')).toContain('1848');
    });
  });

  it('--role client writes the code of the other side; --name names the package', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'coins.yaml'), NOTED);
      const args = ['generate', 'coins.yaml', '--output', 'out', '--role', 'client'];
      expect(await command(args, folder)).toMatchObject({ code: 0 });
      const files = await filesIn(join(folder, 'out'));
      expect(JSON.parse(files.get('package.json') ?? '')).toMatchObject({ name: 'old-coins-client' });
      expect(files.get('operations.js')).toContain("action: 'receive'");
      expect(files.get('channels/coins.js')).toContain("direction: 'receive'");

      expect(await command([...args, '--name', '@mint/coins'], folder)).toMatchObject({
        code: 0,
        stdout: `out: ${String(files.size - 1)} files, 1 changed\n`,
      });
      const named = await filesIn(join(folder, 'out'));
      expect(JSON.parse(named.get('package.json') ?? '')).toMatchObject({ name: '@mint/coins' });
    });
  });
});

const withoutProgress = (text: string) => text.replace(/^Generating .*\n/m, '');
