import { appendFile, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { differences, filesIn, writeFiles } from '../../scripts/generate/files.ts';
import { generate, root, withFolder } from './generate.ts';

const generated = join(root, 'generated/contract');

describe('npm run generate', () => {
  it('has been run: what is committed is what it writes', async () => {
    const { code, stderr } = await generate('--check');
    expect(stderr.replace(/^Generating .*\n/, '')).toBe('');
    expect(code).toBe(0);
  });

  it('--check names what is stale, edited, missing and extra, and writes nothing', async () => {
    await withFolder(async (folder) => {
      const output = join(folder, 'contract');
      await cp(generated, output, { recursive: true });
      const document = join(folder, 'asyncapi.yaml');
      const text = await readFile(join(root, 'asyncapi.yaml'), 'utf8');
      // Stale: the document has moved on since.
      await writeFile(document, text.replace('maximum: 30000', 'maximum: 30001'));
      await appendFile(join(output, 'keys.ts'), '// edited\n');
      await rm(join(output, 'channels.ts'));
      await writeFile(join(output, 'messages/more.ts'), '');
      const before = await filesIn(folder);

      const { code, stderr } = await generate('--check', '--input', document, '--output', output);
      expect(code).toBe(1);
      expect(stderr).toMatch(/validators\.js is stale or was edited/);
      expect(stderr).toMatch(/keys\.ts is stale or was edited/);
      expect(stderr).toMatch(/channels\.ts is missing/);
      expect(stderr).toMatch(/messages\/more\.ts should not be there/);
      expect(stderr).not.toMatch(/record\.ts/);
      expect(await filesIn(folder)).toEqual(before);
    });
  });

  it('says where a document is wrong, and what', async () => {
    await withFolder(async (folder) => {
      const document = join(folder, 'asyncapi.yaml');
      await writeFile(document, 'asyncapi: 3.1.0\ninfo:\n  title: no version\nchannels: {}\n');
      const { code, stderr } = await generate('--input', document, '--output', join(folder, 'contract'));
      expect(code).toBe(1);
      expect(stderr).toMatch(/asyncapi\.yaml: line 2, column \d+ \(info\): .*version/);
      expect(await filesIn(join(folder, 'contract'))).toEqual(new Map());
    });
  });

  it('has a --help, and refuses what it does not know', async () => {
    const help = await generate('--help');
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('--check') });
    const unknown = await generate('--chek');
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("'--chek'") });
  });
});

describe('files', () => {
  it('are written, changed and removed until they are as wanted; right ones are left alone', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, new Map([['same', '1'], ['old', '2'], ['in/edited', '3']])); // prettier-ignore
      const wanted = new Map([['same', '1'], ['in/edited', '4'], ['new', '5']]); // prettier-ignore
      expect(await writeFiles(folder, wanted)).toEqual([
        { path: 'in/edited', what: 'differs' },
        { path: 'new', what: 'missing' },
        { path: 'old', what: 'extra' },
      ]);
      expect(differences(await filesIn(folder), wanted)).toEqual([]);
    });
  });
});
