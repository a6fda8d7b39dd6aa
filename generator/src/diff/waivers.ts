/** Waivers: findings that a team has agreed to, for a while. */
import { parse } from 'yaml';

export interface Waiver {
  readonly rule: string;
  /** JSON pointer, as the finding has it. */
  readonly pointer: string;
  readonly reason: string;
  /** The last day on which it counts: 2026-12-31. */
  readonly expires: string;
}

/** The file of waivers is not as it must be. */
export class WaiverError extends Error {}

/** Reads a file of waivers: a list. @throws {WaiverError} */
export function waiversIn(text: string): Waiver[] {
  let list: unknown;
  try {
    list = parse(text) ?? [];
  } catch (error) {
    throw new WaiverError(`is no YAML: ${(error as Error).message.split('\n')[0] ?? ''}`);
  }
  if (!Array.isArray(list)) throw new WaiverError('must be a list');
  return list.map((item: unknown, index) => {
    const waiver = (item ?? {}) as Record<string, unknown>;
    for (const name of ['rule', 'pointer', 'reason', 'expires']) {
      if (typeof waiver[name] !== 'string' || waiver[name] === '')
        throw new WaiverError(`has no ${name} in entry ${String(index + 1)}`);
    }
    const { rule, pointer, reason, expires } = waiver as Record<keyof Waiver, string>;
    if (!/^\d{4}-\d{2}-\d{2}$/.test(expires) || Number.isNaN(Date.parse(expires))) throw new WaiverError(`has no date such as 2026-12-31 in "expires" of entry ${String(index + 1)}`); // prettier-ignore
    return { rule, pointer, reason, expires };
  });
}

/** A waiver that does not help, and why. */
export interface UselessWaiver {
  readonly waiver: Waiver;
  readonly why: 'expired' | 'unused';
}

interface Waivable {
  readonly rule: string;
  readonly pointer: string;
  readonly verdict: string;
}

/** Returns the waivers that are expired or that no finding needs, and what is left of the findings. @param today 2026-12-31 */
export function waived<Finding extends Waivable>(
  findings: readonly Finding[],
  waivers: readonly Waiver[],
  today: string,
) {
  const isFor = (waiver: Waiver, { rule, pointer }: Finding) => waiver.rule === rule && waiver.pointer === pointer;
  const current = waivers.filter(({ expires }) => expires >= today);
  const useless = waivers.flatMap((waiver): UselessWaiver[] => {
    if (waiver.expires < today) return [{ waiver, why: 'expired' }];
    return findings.some((finding) => finding.verdict !== 'safe' && isFor(waiver, finding))
      ? []
      : [{ waiver, why: 'unused' }];
  });
  const isWaived = (finding: Finding) => finding.verdict !== 'safe' && current.some((waiver) => isFor(waiver, finding));
  return { left: findings.filter((finding) => !isWaived(finding)), waived: findings.filter(isWaived), useless };
}
