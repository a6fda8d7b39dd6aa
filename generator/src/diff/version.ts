/** Decides which step of the version the changes need. */
import type { Verdict } from './findings.ts';

export type Bump = 'major' | 'minor' | 'patch';

export interface Step {
  readonly from: string;
  readonly to: string;
  /** The least version that follows the changes. */
  readonly needed: string;
  readonly isEnough: boolean;
}

/** Rules whose findings add nothing. */
const NO_ADDITIONS: readonly string[] = ['document-changed', 'field-removed'];

/** Returns how much the changes matter to those who use the service. */
export function bumpOf(found: readonly { readonly rule: string; readonly verdict: Verdict }[]): Bump {
  if (found.some(({ verdict }) => verdict === 'breaking')) return 'major';
  return found.some(({ rule }) => !NO_ADDITIONS.includes(rule)) ? 'minor' : 'patch';
}

export type Numbers = readonly [major: number, minor: number, patch: number];

/** Returns the numbers of a version such as 1.2.3-beta. */
export function numbersOf(version: string): Numbers | undefined {
  const found = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  return found === null ? undefined : [Number(found[1]), Number(found[2]), Number(found[3])];
}

/**
 * Returns the step from one version to the next. Below 1.0.0 nothing is promised to last: a breaking change needs a minor version,
 * anything else a patch.
 */
export function stepOf(from: string, to: string, bump: Bump, isChanged: boolean): Step {
  const [old, now] = [numbersOf(from), numbersOf(to)];
  if (old === undefined || now === undefined) return { from, to, needed: from, isEnough: from === to && !isChanged };
  const [major, minor, patch] = old;
  const level = major > 0 ? bump : bump === 'major' ? 'minor' : 'patch';
  const next: Numbers = level === 'major' ? [major + 1, 0, 0] : level === 'minor' ? [major, minor + 1, 0] : [major, minor, patch + 1]; // prettier-ignore
  const least = isChanged ? next : old;
  return { from, to, needed: least.join('.'), isEnough: orderOf(now, least) >= 0 };
}

/** Returns a negative number if the first version is the lower one, 0 if both are equal. */
export function orderOf(one: Numbers, other: Numbers): number {
  const [major, minor, patch] = other;
  return one[0] - major || one[1] - minor || one[2] - patch;
}
