/** Waivers: findings that a team has agreed to, for a while. */
import { isObject } from '../json-object.ts';
import { located } from '../pointer.ts';
import type { Path } from '../pointer.ts';
import { SourceFile } from '../source-file.ts';

export interface Waiver {
  readonly rule: string;
  /** JSON pointer, as the finding has it. The finding's file may stand before it. */
  readonly pointer: string;
  readonly reason: string;
  /** The last day on which it counts: 2026-12-31. */
  readonly expires: string;
}

const FIELDS: readonly string[] = ['rule', 'pointer', 'reason', 'expires'] satisfies (keyof Waiver)[];

/** The file of waivers is not as it must be. */
export class WaiverError extends Error {}

/** Reads a file of waivers: a list. @throws {WaiverError} with the line */
export function waiversIn(text: string): Waiver[] {
  const file = new SourceFile('', text);
  const fail = (path: Path, sentence: string): never => {
    throw new WaiverError(`${located(file, path)} ${sentence}`);
  };
  const [syntax] = file.syntaxErrors;
  if (syntax !== undefined) throw new WaiverError(`is no YAML: ${syntax}`);
  const list = file.data ?? [];
  if (!Array.isArray(list)) return fail([], 'must be a list of waivers');
  return list.map((item: unknown, index): Waiver => {
    if (!isObject(item)) return fail([index], `must be a waiver: an object with ${FIELDS.join(', ')}`);
    const unknown = Object.keys(item).find((name) => !FIELDS.includes(name));
    if (unknown !== undefined) return fail([index, unknown], `is not known here; use ${FIELDS.join(', ')}`);
    for (const name of FIELDS) {
      if (item[name] === undefined) return fail([index], `has no ${name}; add it`);
      if (typeof item[name] !== 'string' || item[name] === '')
        return fail([index, name], 'must be a text that is not empty');
    }
    const waiver = item as Record<keyof Waiver, string>;
    if (!isDate(waiver.expires)) return fail([index, 'expires'], `is '${waiver.expires}', which is no date such as 2026-12-31`); // prettier-ignore
    return waiver;
  });
}

/** Whether a text is a day that exists, such as 2026-12-31. */
export function isDate(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** A waiver that does not help, and why. It is ambiguous if findings of several files have its rule and pointer. */
export interface StaleWaiver {
  readonly waiver: Waiver;
  readonly why: 'expired' | 'unused' | 'ambiguous';
}

interface Waivable {
  readonly rule: string;
  readonly file: string;
  readonly pointer: string;
  readonly verdict: string;
}

/** Returns the waivers that do not help, and what is left of the findings. @param today 2026-12-31 */
export function waived<Finding extends Waivable>(
  findings: readonly Finding[],
  waivers: readonly Waiver[],
  today: string,
) {
  const isFor = (waiver: Waiver, { rule, file, pointer, verdict }: Finding) => verdict !== 'safe' && waiver.rule === rule && [pointer, file + pointer].includes(waiver.pointer); // prettier-ignore
  const stale = waivers.flatMap((waiver): StaleWaiver[] => {
    if (waiver.expires < today) return [{ waiver, why: 'expired' }];
    const files = new Set(findings.filter((finding) => isFor(waiver, finding)).map(({ file }) => file));
    return files.size === 1 ? [] : [{ waiver, why: files.size === 0 ? 'unused' : 'ambiguous' }];
  });
  const useful = waivers.filter((waiver) => !stale.some((one) => one.waiver === waiver));
  const waiverOf = (finding: Finding) => useful.find((waiver) => isFor(waiver, finding));
  return {
    left: findings.filter((finding) => waiverOf(finding) === undefined),
    waived: findings.flatMap((finding) => {
      const { reason, expires } = waiverOf(finding) ?? {};
      return reason === undefined || expires === undefined ? [] : [{ ...finding, reason, expires }];
    }),
    stale,
  };
}
