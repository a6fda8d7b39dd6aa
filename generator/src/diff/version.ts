/** Decides which step of the version the changes need, by Semantic Versioning. */
import { isDeepStrictEqual } from 'node:util';
// The whole package has 40 more files.
import parse from 'semver/functions/parse.js';
import type { SemVer } from 'semver';
import { isObject } from '../json-object.ts';
import type { Verdict } from './findings.ts';
import type { Service } from './service.ts';

export type Bump = 'major' | 'minor' | 'patch';

export interface VersionStep {
  /** Null if the document has none. */
  readonly from: string | null;
  readonly to: string | null;
  /** The least version that follows the changes. A pre-release of it is enough. Null if one of the versions has a fault. */
  readonly needed: string | null;
  readonly isEnough: boolean;
  /** What is wrong with the versions themselves. */
  readonly fault: string | null;
}

interface Version {
  /** As the document has it. */
  readonly given: unknown;
  /** Empty if there is none. */
  readonly text: string;
  /** What is wrong with it, and where. */
  readonly fault: string | undefined;
}

/** Returns `info.version`. */
export function versionOf({ file, document }: Service): Version {
  const path = ['info', 'version'];
  const { info } = document.raw as { readonly info?: unknown };
  const given = isObject(info) ? info['version'] : undefined;
  const text = given === undefined ? '' : typeof given === 'string' ? given : JSON.stringify(given);
  // The package also accepts v1.2.3, which is no semantic version.
  if (typeof given === 'string' && /^\d/.test(given) && parse(given) !== null) return { given, text, fault: undefined };
  const sentence =
    given === undefined
      ? 'has no info.version; set it to a version such as 1.2.3'
      : `is ${JSON.stringify(given)}, which is no semantic version; set it to one such as 1.2.3 or 1.2.3-beta.1`;
  return { given, text, fault: `${file}: ${document.locate(path)} ${sentence}` };
}

/** Rules whose safe findings add nothing. */
const NO_ADDITIONS: readonly string[] = ['document-changed', 'field-removed', 'key-removed'];

/** Whether a finding is something that the older version does not have, and that breaks nobody. */
export const isAddition = ({ rule, verdict }: { readonly rule: string; readonly verdict: Verdict }): boolean =>
  verdict === 'safe' && !NO_ADDITIONS.includes(rule);

/** Returns how much the changes matter to those who use the service. What needs a look may be breaking. */
export function bumpOf(found: readonly { readonly rule: string; readonly verdict: Verdict }[]): Bump {
  if (found.some(({ verdict }) => verdict !== 'safe')) return 'major';
  return found.some(isAddition) ? 'minor' : 'patch';
}

/**
 * Returns the step from one version to the next. Below 1.0.0 nothing is promised to last: a breaking change needs a minor version,
 * anything else a patch. A pre-release promises nothing: any later version may follow it. One of the needed version is enough, since
 * its development has begun. If one of the versions has a fault, only the same document is enough.
 */
export function stepBetween(before: Service, after: Service, bump: Bump, isChanged: boolean): VersionStep {
  const [from, to] = [versionOf(before), versionOf(after)];
  const fault = from.fault ?? to.fault;
  if (fault === undefined) return { ...stepOf(from.text, to.text, bump, isChanged), fault: null };
  const isSame = !isChanged && isDeepStrictEqual(from.given, to.given);
  return { from: from.text || null, to: to.text || null, needed: null, isEnough: isSame, fault };
}

export function stepOf(from: string, to: string, bump: Bump, isChanged: boolean) {
  if (!isChanged) return { from, to, needed: from, isEnough: orderOf(to, from) >= 0 };
  const next = semantic(from);
  const isPrerelease = next.prerelease.length > 0;
  const level = isPrerelease ? 'prerelease' : next.major > 0 ? bump : bump === 'major' ? 'minor' : 'patch';
  const needed = next.inc(level).version;
  // The lowest pre-release of a version ends with 0.
  return { from, to, needed, isEnough: isPrerelease ? orderOf(to, from) > 0 : orderOf(to, `${needed}-0`) >= 0 };
}

/** Returns a negative number if the first version is the lower one, 0 if both have the same precedence. */
export const orderOf = (one: string, other: string): number => semantic(one).compare(other);

export const isSameMajor = (one: string, other: string): boolean => semantic(one).major === semantic(other).major;

function semantic(version: string): SemVer {
  const parsed = parse(version);
  if (parsed === null) throw new Error(`${version} is no semantic version`);
  return parsed;
}
