/** The gate: compares a document with an older version of it, and decides whether the change is allowed. */
import { pointerTo } from '../pointer.ts';
import type { Path } from '../pointer.ts';
import { compareVersions, versionsOf } from './compare/versions.ts';
import type { Searched } from './records/search.ts';
import type { Found, Verdict, Witness } from './findings.ts';
import { hitFinder } from './readers.ts';
import type { Hit, Team } from './readers.ts';
import { ruleOf } from './rules/table.ts';
import type { Service, Use } from './service.ts';
import { bumpOf, stepBetween } from './version.ts';
import type { Bump, VersionStep } from './version.ts';
import { waived } from './waivers.ts';
import type { StaleWaiver, Waiver } from './waivers.ts';

/** A finding as it is printed. */
export interface Finding {
  readonly rule: string;
  readonly verdict: Verdict;
  readonly file: string;
  /** JSON pointer into that file. */
  readonly pointer: string;
  readonly line: number;
  readonly direction: Use | null;
  readonly why: string;
  readonly remedy: string;
  readonly witness: Witness | null;
  readonly hits: readonly Hit[];
}

/** A finding that a waiver allows: its reason, and the last day on which it counts. */
export type WaivedFinding = Finding & Pick<Waiver, 'reason' | 'expires'>;

/** docs/contract-gate.md describes each field: it is what `--json` prints. */
export interface Result {
  readonly verdict: Verdict;
  readonly bump: Bump;
  readonly findings: readonly Finding[];
  readonly waived: readonly WaivedFinding[];
  readonly staleWaivers: readonly StaleWaiver[];
  readonly version: VersionStep;
  readonly searched: Searched & { readonly seed: number };
  readonly isAllowed: boolean;
}

export interface GateOptions {
  readonly seed?: number;
  readonly effort?: number;
  readonly teams?: readonly Team[];
  /** Whether readers that accept nothing new count, also without a team that declares it. */
  readonly isStrict?: boolean;
  readonly waivers?: readonly Waiver[];
  /** 2026-12-31; by default the current day. */
  readonly today?: string;
  /** Is called often, with the number of messages whose comparison has begun. */
  readonly onProgress?: (messages: number) => void;
}

const ORDER: readonly Verdict[] = ['breaking', 'look', 'safe'];

export function gate(before: Service, after: Service, options: GateOptions = {}): Result {
  const { seed = 1, effort = 60, teams = [], isStrict = false, waivers = [] } = options;
  const { today = new Date().toISOString().slice(0, 10), onProgress } = options;
  const hasStrictReaders = isStrict || teams.some(({ reader }) => reader === 'strict');
  const versions = versionsOf(before, after, { seed, effort, hasStrictReaders, onProgress });
  const { found, searched, firstDifference } = compareVersions(versions);
  const hitsOf = hitFinder(teams, before, after, versions);
  // Without a strict team that reads it, it breaks nobody.
  const relevant = found.filter((one) => one.isStrictOnly !== true || isStrict || hitsOf(one).length > 0);
  const isOther = relevant.length === 0 && firstDifference !== undefined;
  const all = isOther ? [otherChange(firstDifference)] : relevant;
  const findings = merged(all.map((one) => printed(one, before, after, hitsOf)));
  const sorted = findings.toSorted((one, other) => ORDER.indexOf(one.verdict) - ORDER.indexOf(other.verdict) || one.line - other.line); // prettier-ignore
  const { left, waived: excused, stale } = waived(sorted, waivers, today);
  const verdict = ORDER.find((each) => left.some((finding) => finding.verdict === each)) ?? 'safe';
  const bump = bumpOf(left);
  const version = stepBetween(before, after, bump, firstDifference !== undefined);
  return {
    verdict,
    bump,
    findings: left,
    waived: excused,
    staleWaivers: stale,
    version,
    searched: { ...searched, seed },
    isAllowed: isAllowed(version, stale),
  };
}

const isAllowed = (version: VersionStep, stale: readonly StaleWaiver[]) => version.isEnough && stale.length === 0;

/** Returns a result that complains only about some of its stale waivers. */
export function complainingOf(result: Result, complains: (stale: StaleWaiver) => boolean): Result {
  const staleWaivers = result.staleWaivers.filter(complains);
  return { ...result, staleWaivers, isAllowed: isAllowed(result.version, staleWaivers) };
}

/** A document that differs in nothing that another rule finds. */
const otherChange = (path: Path): Found => ({
  rule: 'document-changed',
  verdict: 'safe',
  location: { version: 'new', path },
  direction: undefined,
  why: 'The document differs in nothing that a reader refuses, and has nothing new: other words, or fewer values than before', // prettier-ignore
  subject: {},
});

/** Messages share schemas, headers and traits: what is found at one place is one finding. */
function merged(findings: readonly Finding[]): Finding[] {
  const groups = Map.groupBy(findings, ({ rule, verdict, file, pointer, direction }) => [rule, verdict, file, pointer, direction].join(' ')); // prettier-ignore
  return [...groups.values()].flatMap((group): Finding[] => {
    const [first, ...others] = group;
    if (first === undefined) return [];
    const teams = Map.groupBy(
      group.flatMap(({ hits }) => hits),
      ({ team }) => team,
    );
    const hits = [...teams]
      .map(([team, list]) => ({ team, fields: [...new Set(list.flatMap(({ fields }) => fields))] }))
      .sort((one, other) => (one.team < other.team ? -1 : 1));
    const reasons = new Set(others.map(({ why }) => why).filter((why) => why !== first.why));
    const why = reasons.size === 0 ? first.why : `${first.why} (and ${String(reasons.size)} more of this kind)`;
    return [{ ...first, why, hits }];
  });
}

function printed(one: Found, before: Service, after: Service, hitsOf: (found: Found) => Hit[]): Finding {
  const service = one.location.version === 'old' ? before : after;
  const { file, line, path } = service.document.location(one.location.path);
  const hits = one.verdict === 'safe' && one.isLookOfReaders !== true ? [] : hitsOf(one);
  return {
    rule: one.rule,
    verdict: one.isLookOfReaders === true && hits.length > 0 ? 'look' : one.verdict,
    file,
    pointer: pointerTo(path),
    line,
    direction: one.direction ?? null,
    why: one.why,
    remedy: ruleOf(one.rule).remedy,
    witness: one.witness ?? null,
    hits,
  };
}
