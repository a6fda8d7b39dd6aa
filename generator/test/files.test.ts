import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { differences, filesIn, MANIFEST, OutputError, writeFiles } from '../src/files.ts';
import { withFolder } from './command.ts';

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
