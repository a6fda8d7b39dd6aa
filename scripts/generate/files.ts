/** A folder as a map, to compare and to write. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

/** Content by path within the folder, with forward slashes, sorted. */
export type Files = ReadonlyMap<string, string>;

export interface Difference {
  readonly path: string;
  readonly what: 'missing' | 'extra' | 'differs';
}

export async function filesIn(folder: string): Promise<Files> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  const files = paths.map(async (path) => {
    return [relative(folder, path).split(sep).join('/'), await readFile(path, 'utf8')] as const;
  });
  return new Map((await Promise.all(files)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** How a folder's files differ from what they should be, by path. */
export function differences(actual: Files, wanted: Files): Difference[] {
  const paths = [...new Set([...actual.keys(), ...wanted.keys()])].sort();
  return paths.flatMap((path): Difference[] => {
    const [is, should] = [actual.get(path), wanted.get(path)];
    if (is === should) return [];
    return [{ path, what: is === undefined ? 'missing' : should === undefined ? 'extra' : 'differs' }];
  });
}

/** Makes the folder hold these files and no others. Files that are right already are not touched. */
export async function writeFiles(folder: string, wanted: Files): Promise<Difference[]> {
  const changes = differences(await filesIn(folder), wanted);
  for (const { path, what } of changes) {
    const target = join(folder, path);
    if (what === 'extra') await rm(target);
    else {
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, wanted.get(path) ?? '');
    }
  }
  return changes;
}
