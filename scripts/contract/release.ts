/** `npm run contract -- release`: keeps the contract as a released version, and writes the changelog. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { printedTogether } from '../../generator/src/diff/print.ts';
import type { Compared } from '../../generator/src/diff/print.ts';
import { orderOf } from '../../generator/src/diff/version.ts';
import { SourceFile } from '../../generator/src/source-file.ts';
import { entryOf, hasEntry, withEntries } from './changelog.ts';
import type { ChangelogEntry } from './changelog.ts';
import { comparerOf, compareWithReleases, DIFF, DOCUMENT, fileOf, ifExists } from './releases.ts';
import type { Version } from './releases.ts';

export const CHANGELOG = 'contract/CHANGELOG.md';

/**
 * Releases the contract and returns the exit code. The released file comes first, then the changelog with the entries of all newest
 * releases that it lacks: a run that ends between the two is completed by the next one.
 *
 * @throws {DiffError | Error} which states why it is not released
 */
export async function release(date: string, isDryRun: boolean): Promise<number> {
  const { contract, released, compared } = await compareWithReleases();
  const { version, source } = contract;
  const file = fileOf(version);
  const isReleased = compared.some((one) => one.file === file && one.result.version.isEnough);
  if (!isReleased) requireAllowed(contract, released, compared);
  const changelog = ifExists(CHANGELOG) === undefined ? '' : await readFile(CHANGELOG, 'utf8');
  const known = released.findIndex((one) => hasEntry(changelog, one.version));
  const missing = [...(isReleased ? [] : [contract]), ...(known === -1 ? released : released.slice(0, known))];
  if (missing.length === 0) {
    console.log(`${version} is already released, with the same content: ${file}`);
    return 0;
  }
  const entries: ChangelogEntry[] = [];
  for (const one of missing) {
    const older = released.find((other) => orderOf(other.version, one.version) < 0);
    const result = older && (await comparerOf(one))(older.service);
    entries.push({ version: one.version, text: entryOf(one.version, date, result) });
  }
  if (isDryRun) {
    const files = [...(isReleased ? [] : [file]), CHANGELOG].join(' and ');
    const texts = entries.map(({ text }) => text.trimEnd()).join('\n\n');
    console.log(`${files} would be written, with this entry:\n\n${texts}`);
    return 0;
  }
  if (!isReleased) await writeWhole(file, source.text);
  await writeWhole(CHANGELOG, withEntries(changelog, entries));
  console.log(`${version} is released: ${file}, ${CHANGELOG}`);
  return 0;
}

/** @throws {Error} if the contract cannot be the next release. */
function requireAllowed(contract: Version, [newest]: readonly Version[], compared: readonly Compared[]): void {
  const { version, source } = contract;
  if (newest !== undefined && orderOf(version, newest.version) < 0)
    throw new Error(`${version} is lower than ${newest.version}, the newest release. Older versions get no patches here: set info.version of ${DOCUMENT} to a higher one`); // prettier-ignore
  const same = compared.find(({ file }) => file === fileOf(version));
  if (same !== undefined)
    throw new Error(`${version} is already released, with other content. Set info.version of ${DOCUMENT} to ${String(same.result.version.needed)} at least`); // prettier-ignore
  requireOneFile(source.text);
  if (compared.every(({ result }) => result.isAllowed)) return;
  console.log(printedTogether(compared, 'text', DIFF));
  throw new Error(`${version} is not released. Set info.version of ${DOCUMENT} as the comparison needs it, or take the changes back`); // prettier-ignore
}

/** @throws {Error} if the document has references to other files: what these have would not be kept. */
function requireOneFile(text: string): void {
  const others = referencesIn(new SourceFile(DOCUMENT, text).data).filter((reference) => !reference.startsWith('#'));
  if (others.length > 0) throw new Error(`${DOCUMENT} refers to other files (${[...new Set(others)].join(', ')}), and a release is one file: move what they have into ${DOCUMENT}`); // prettier-ignore
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    name === '$ref' && typeof item === 'string' ? [item] : referencesIn(item),
  );
}

/** Writes a file so that it never has a part of the text only. */
async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
