/** `npm run contract -- release`: keeps the contract as a released version, and writes the changelog. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parse } from 'yaml';
import { printedTogether } from '../../generator/src/diff/print.ts';
import { orderOf } from '../../generator/src/diff/version.ts';
import { entryOf, withEntry } from './changelog.ts';
import { compareWithReleases, DIFF, DOCUMENT, fileOf, ifExists } from './releases.ts';

export const CHANGELOG = 'contract/CHANGELOG.md';

/** Releases the contract and returns the exit code. @throws {DiffError | Error} which states why it is not released */
export async function release(date: string, isDryRun: boolean): Promise<number> {
  const { contract, released, compared } = await compareWithReleases();
  const { version, source } = contract;
  const same = compared.find(({ file }) => file === fileOf(version))?.result.version;
  if (same?.isEnough === true) {
    console.log(`${version} is already released, with the same content: ${fileOf(version)}`);
    return 0;
  }
  const [newest] = released;
  if (newest !== undefined && orderOf(version, newest.version) < 0)
    throw new Error(`${version} is lower than ${newest.version}, the newest release. Older versions get no patches here: set info.version of ${DOCUMENT} to a higher one`); // prettier-ignore
  if (same !== undefined)
    throw new Error(`${version} is already released, with other content. Set info.version of ${DOCUMENT} to ${String(same.needed)} at least`); // prettier-ignore
  requireOneFile(source.text);
  if (!compared.every(({ result }) => result.isAllowed)) {
    console.log(printedTogether(compared, 'text', DIFF));
    throw new Error(`${version} is not released. Set info.version of ${DOCUMENT} as the comparison needs it, or take the changes back`); // prettier-ignore
  }
  const entry = entryOf(version, date, compared[0]?.result);
  if (isDryRun) {
    console.log(`${fileOf(version)} and ${CHANGELOG} would be written, with this entry:\n\n${entry.trimEnd()}`);
    return 0;
  }
  const changelog = ifExists(CHANGELOG) === undefined ? '' : await readFile(CHANGELOG, 'utf8');
  // The release is last: without it, the next run writes both again.
  await writeWhole(CHANGELOG, withEntry(changelog, version, entry));
  await writeWhole(fileOf(version), source.text);
  console.log(`${version} is released: ${fileOf(version)}, ${CHANGELOG}`);
  return 0;
}

/** @throws {Error} if the document has references to other files: what these have would not be kept. */
function requireOneFile(text: string): void {
  const others = referencesIn(parse(text)).filter((reference) => !reference.startsWith('#'));
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
