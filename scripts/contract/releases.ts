/** The files of the contract, its releases, and how the contract compares with them. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { comparer, fileSource, readService } from '../../generator/src/diff/command.ts';
import type { Source } from '../../generator/src/diff/command.ts';
import { complainingOf } from '../../generator/src/diff/gate.ts';
import type { Compared } from '../../generator/src/diff/print.ts';
import type { Service } from '../../generator/src/diff/service.ts';
import { isSameMajor, orderOf, versionOf } from '../../generator/src/diff/version.ts';
import type { Waiver } from '../../generator/src/diff/waivers.ts';

export const DOCUMENT = 'asyncapi.yaml';
export const RELEASED = 'contract/released';
export const CONSUMERS = 'contract/consumers';
export const WAIVERS = 'contract/waivers.yaml';

/** What the user types to compare. */
export const DIFF = 'npm run contract -- diff';

export const ifExists = (path: string): string | undefined => (existsSync(path) ? path : undefined);

/** A version of the contract. */
export interface Version {
  readonly version: string;
  readonly source: Source;
  readonly service: Service;
}

/** Returns a function that compares an older version with this one, as {@link comparer} does. @throws {DiffError} */
export async function comparerOf({ service }: Version) {
  return comparer({
    after: service,
    seed: 1,
    isStrict: false,
    waivers: ifExists(WAIVERS),
    consumers: ifExists(CONSUMERS),
  });
}

/** Compares the contract with its newest release, and with all of the same major version. @throws {DiffError | Error} */
export async function compareWithReleases() {
  const contract = await versionIn(DOCUMENT);
  const released = await releases();
  const others = released.filter(({ version }, index) => index === 0 || isSameMajor(version, contract.version));
  const compareWith = await comparerOf(contract);
  const results = others.map(({ source, service }): Compared => ({ file: source.name, result: compareWith(service) }));
  const compared = results.map(({ file, result }) => {
    // All of them have the same waivers. One is of use if any comparison needs it.
    const isUnused = (waiver: Waiver) => results.every((other) => other.result.staleWaivers.some((one) => one.waiver === waiver)); // prettier-ignore
    return { file, result: complainingOf(result, ({ why, waiver }) => why !== 'unused' || isUnused(waiver)) };
  });
  return { contract, released, compared };
}

/** Returns the released contracts, the newest first. @throws {Error} if a file is not what its name states */
async function releases(): Promise<Version[]> {
  const names = existsSync(RELEASED) ? await readdir(RELEASED) : [];
  const files = names.filter((name) => /\.ya?ml$/.test(name)).map((name) => join(RELEASED, name));
  const released = await Promise.all(
    files.map(async (file) => {
      const release = await versionIn(file);
      if (file !== fileOf(release.version))
        throw new Error(`${file} has the version ${release.version}. A released contract is not changed: restore the file from git, and set the version of ${DOCUMENT} only`); // prettier-ignore
      return release;
    }),
  );
  return released.sort((one, other) => orderOf(other.version, one.version));
}

/** Returns the file of a release. */
export const fileOf = (version: string): string => join(RELEASED, `${version}.yaml`);

/** Reads a version of the contract. @throws {DiffError | Error} */
async function versionIn(file: string): Promise<Version> {
  const source = await fileSource(file);
  const service = readService(source);
  const { text, fault } = versionOf(service);
  if (fault !== undefined) throw new Error(fault);
  return { version: text, source, service };
}
