/** Writes a folder of generated files next to other files: it changes and removes only files that an earlier run has written. */
import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, posix, relative, sep } from 'node:path';

/** The content of each file, by its path within the folder, with forward slashes, sorted. */
export type Files = ReadonlyMap<string, string>;

export interface FileDifference {
  readonly path: string;
  readonly what: 'missing' | 'extra' | 'differs';
}

/** The file that lists what was generated into its folder. */
export const MANIFEST = '.generated.json';

/** Stands for the content of a folder, a link and the like; no generated file has it. */
const NOT_A_FILE = '\0';

/** A file in the folder prevents writing. Nothing was changed. */
export class OutputError extends Error {}

/** Returns every file below a folder. */
export async function filesIn(folder: string): Promise<Files> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  const files = paths.map(async (path) => {
    return [relative(folder, path).split(sep).join('/'), await readFile(path, 'utf8')] as const;
  });
  return new Map((await Promise.all(files)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Returns the generated files of a folder that differ from the wanted ones. An extra file is one that an earlier run has
 * written; other files are ignored.
 */
export async function differences(folder: string, wanted: Files): Promise<FileDifference[]> {
  const listed = withManifest(wanted);
  const paths = [...new Set([...(await writtenBefore(folder)), ...listed.keys()])].sort();
  const found = await Promise.all(
    paths.map(async (path): Promise<FileDifference[]> => {
      const [actual, expected] = [await contentOf(join(folder, path)), listed.get(path)];
      if (actual === expected || (expected === undefined && actual === NOT_A_FILE)) return [];
      return [{ path, what: actual === undefined ? 'missing' : expected === undefined ? 'extra' : 'differs' }];
    }),
  );
  return found.flat();
}

/**
 * Writes the files, and removes those of an earlier run that are no longer wanted. Does not touch files that are current, nor
 * files that no run has written.
 *
 * @throws {OutputError} if a file that no run has written has the name of a wanted one and another content.
 */
export async function writeFiles(folder: string, wanted: Files): Promise<FileDifference[]> {
  const changes = await differences(folder, wanted);
  const own = new Set([...(await writtenBefore(folder)), MANIFEST]);
  const foreign: string[] = [];
  for (const { path } of changes.filter(({ what }) => what === 'differs')) {
    if (!own.has(path) || (await contentOf(join(folder, path))) === NOT_A_FILE) foreign.push(path);
  }
  if (foreign.length > 0) {
    throw new OutputError(
      `${folder} has files that were not generated, and generated ones of the same names would overwrite them: ` +
        `${foreign.join(', ')}. Move them away, or choose another folder.`,
    );
  }
  if (changes.length === 0) return changes;
  const content = withManifest(wanted);
  await createFolder(folder);
  // Lists the old and the new files first: if a run is interrupted, the next one still knows all of them.
  const all = [...new Set([...own, ...wanted.keys()])].filter((path) => path !== MANIFEST);
  await writeFile(join(folder, MANIFEST), listOf(all));
  for (const { path, what } of changes.filter((change) => change.path !== MANIFEST)) {
    const target = join(folder, path);
    if (what === 'extra') await rm(target);
    else {
      await createFolder(dirname(target));
      await writeFile(target, content.get(path) ?? '');
    }
  }
  await writeFile(join(folder, MANIFEST), listOf([...wanted.keys()]));
  return changes;
}

/** Creates a folder and its parents. Node's own recursion does not end where the system has no such folder, as in /proc. */
async function createFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    if (!isAbsent(error)) throw error;
    await createFolder(dirname(folder));
    await mkdir(folder);
  }
}

function withManifest(wanted: Files): Files {
  return new Map([...wanted, [MANIFEST, listOf([...wanted.keys()])]]);
}

function listOf(paths: readonly string[]): string {
  return `${JSON.stringify({ files: [...paths].sort() }, null, 2)}\n`;
}

/** @throws {OutputError} if the list is damaged: it must not name files outside of the folder. */
async function writtenBefore(folder: string): Promise<string[]> {
  const path = join(folder, MANIFEST);
  const text = await contentOf(path);
  if (text === undefined) return [];
  const files = listIn(text);
  if (files === undefined) {
    throw new OutputError(
      `${path} is not a list of generated files. Restore it, or remove it together with the generated files.`,
    );
  }
  return files;
}

function listIn(text: string): string[] | undefined {
  try {
    const { files } = JSON.parse(text) as { files: unknown };
    return Array.isArray(files) && files.every(isInside) ? files : undefined;
  } catch {
    return undefined;
  }
}

function isInside(path: unknown): path is string {
  return typeof path === 'string' && posix.normalize(path) === path && !/^(\.\.)?(\/|$)/.test(path);
}

/** Returns the content of a file; undefined if there is none. */
async function contentOf(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isFile() ? await readFile(path, 'utf8') : NOT_A_FILE;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    // A file has the name of one of the folders in its path.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return NOT_A_FILE;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
