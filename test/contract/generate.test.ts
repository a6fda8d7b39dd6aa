import { appendFile, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { differences, filesIn, MANIFEST, OutputError, writeFiles } from '../../scripts/generate/files.ts';
import { generate, root, withFolder } from './generate.ts';

const generated = join(root, 'generated/contract');

describe('npm run generate', () => {
  it('generates the committed files', async () => {
    const { code, stderr } = await generate('--check');
    expect(stderr.replace(/^Generating .*\n/, '')).toBe('');
    expect(code).toBe(0);
  });

  it('--check reports stale, edited, missing and extra files, and writes nothing', async () => {
    await withFolder(async (folder) => {
      const output = join(folder, 'contract');
      await cp(generated, output, { recursive: true });
      const document = join(folder, 'asyncapi.yaml');
      const text = await readFile(join(root, 'asyncapi.yaml'), 'utf8');
      // Stale: the document was changed later.
      await writeFile(document, text.replace('maximum: 30000', 'maximum: 30001'));
      await appendFile(join(output, 'keys.ts'), '// edited\n');
      await rm(join(output, 'channels.ts'));
      await writeFile(join(output, 'messages/more.ts'), '');
      const listed = JSON.parse(await readFile(join(output, MANIFEST), 'utf8')) as { files: string[] };
      await writeFile(join(output, MANIFEST), JSON.stringify({ files: [...listed.files, 'messages/more.ts'] }));
      // A file that was not generated.
      await writeFile(join(output, 'messages/notes.ts'), '');
      const before = await filesIn(folder);

      const { code, stderr } = await generate('--check', '--input', document, '--output', output);
      expect(code).toBe(1);
      expect(stderr).toMatch(/validators\.js is stale or was edited/);
      expect(stderr).toMatch(/keys\.ts is stale or was edited/);
      expect(stderr).toMatch(/channels\.ts is missing/);
      expect(stderr).toMatch(/messages\/more\.ts should not be there/);
      expect(stderr).not.toMatch(/record\.ts|notes\.ts/);
      expect(await filesIn(folder)).toEqual(before);
    });
  });

  it('reports a fault of the document with its path', async () => {
    await withFolder(async (folder) => {
      const document = join(folder, 'asyncapi.yaml');
      await writeFile(document, 'asyncapi: 3.1.0\ninfo:\n  title: no version\nchannels: {}\n');
      const { code, stderr } = await generate('--input', document, '--output', join(folder, 'contract'));
      expect(code).toBe(1);
      expect(stderr).toMatch(/asyncapi\.yaml: line 2, column \d+ \(info\): .*version/);
      expect(await filesIn(join(folder, 'contract'))).toEqual(new Map());
    });
  });

  it('has --help, and rejects unknown options', async () => {
    const help = await generate('--help');
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('--check') });
    const unknown = await generate('--chek');
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("'--chek'") });
  });
});

describe('generated files', () => {
  const files = (entries: Record<string, string>) => new Map(Object.entries(entries));
  const listOf = (paths: string[]) => `${JSON.stringify({ files: paths }, null, 2)}\n`;

  it('are written, changed and removed; unchanged ones are not touched', async () => {
    await withFolder(async (folder) => {
      await writeFiles(folder, files({ same: '1', old: '2', 'in/edited': '3' }));
      const expected = files({ same: '1', 'in/edited': '4', new: '5' });
      expect(await writeFiles(folder, expected)).toEqual([
        { path: MANIFEST, what: 'differs' },
        { path: 'in/edited', what: 'differs' },
        { path: 'new', what: 'missing' },
        { path: 'old', what: 'extra' },
      ]);
      expect(await differences(folder, expected)).toEqual([]);
      expect(await filesIn(folder)).toEqual(
        files({ [MANIFEST]: listOf(['in/edited', 'new', 'same']), 'in/edited': '4', new: '5', same: '1' }),
      );
    });
  });

  it('leave other files in the folder unchanged', async () => {
    await withFolder(async (folder) => {
      const others = files({ '.git/HEAD': 'ref', 'in/notes': 'mine', 'same': '1' }); // prettier-ignore
      await mkdir(join(folder, '.git'));
      await mkdir(join(folder, 'in'));
      for (const [path, content] of others) await writeFile(join(folder, path), content);
      // A file with the right content becomes a generated one: older versions had no list of generated files.
      await writeFiles(folder, files({ same: '1', 'in/old': '2' }));
      expect(await differences(folder, files({ same: '1', 'in/old': '2' }))).toEqual([]);
      await writeFiles(folder, files({ same: '1', 'in/new': '3' }));
      expect(await filesIn(folder)).toEqual(
        new Map([
          ['.git/HEAD', 'ref'],
          [MANIFEST, listOf(['in/new', 'same'])],
          ['in/new', '3'],
          ['in/notes', 'mine'],
          ['same', '1'],
        ]),
      );
    });
  });

  it('never overwrite other files: nothing is written then, and the error names them', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'one'), 'mine');
      await mkdir(join(folder, 'two'));
      await symlink(join(folder, 'elsewhere'), join(folder, 'three'));
      const expected = files({ one: '1', two: '2', three: '3', four: '4', 'one/five': '5' });
      const writing = writeFiles(folder, expected);
      await expect(writing).rejects.toThrow(/not generated.*: one, one\/five, three, two\. Move them away/);
      await expect(writing).rejects.toBeInstanceOf(OutputError);
      expect(await readFile(join(folder, 'one'), 'utf8')).toBe('mine');
      expect((await differences(folder, files({ four: '4' }))).map(({ what }) => what)).toEqual(['missing', 'missing']);
    });
  });

  it('cause an error if their folder cannot be created', async () => {
    await expect(writeFiles('/proc/no/such/folder', files({ one: '1' }))).rejects.toThrow('/proc/no');
  });

  it.each(['../sibling', '/etc/passwd', '..', 'a/../../b', '', 7])(
    'are not removed if their list names %p',
    async (path) => {
      await withFolder(async (folder) => {
        await writeFile(join(folder, MANIFEST), JSON.stringify({ files: [path] }));
        await expect(writeFiles(folder, files({ one: '1' }))).rejects.toThrow(OutputError);
      });
    },
  );
});
