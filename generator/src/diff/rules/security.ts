/** Compares by which schemes clients may log in. */
import { isDeepStrictEqual } from 'node:util';
import type { Scheme, Security } from '../servers.ts';
import type { RuleFinding } from './rule.ts';

/**
 * Returns what is found if clients that log in by `was` meet `is`.
 *
 * @param name what requires authentication, for the sentence.
 * @param outcome what becomes of their records.
 */
export function securityFinding(name: string, was: Security, is: Security, outcome: string): RuleFinding | undefined {
  // Without any scheme left, everybody may connect.
  if (is.length === 0) return undefined;
  const lost = was.find((scheme) => !is.some((other) => isAccepted(scheme, other)));
  const path = ['security'];
  if (was.length > 0 && lost === undefined) {
    if (waysIn(is) <= waysIn(was)) return undefined;
    return { verdict: 'safe', path, why: `${name} accepts a further way to log in` };
  }
  const why =
    lost === undefined
      ? `${name} requires authentication`
      : `${name} no longer accepts the scheme ${String(lost['type'])}`;
  return { verdict: 'breaking', path, why, outcome };
}

/** Whether authentication by one scheme is enough for another one, which may need fewer scopes, and have more flows. */
function isAccepted(scheme: Scheme, other: Scheme): boolean {
  const [granted, flows] = [scopesOf(scheme), flowsOf(other)];
  return (
    isDeepStrictEqual(loginOf(scheme), loginOf(other)) &&
    scopesOf(other).every((scope) => granted.includes(scope)) &&
    flowsOf(scheme).every((flow) => flows.includes(flow))
  );
}

const flowsOf = ({ flows }: Scheme): string[] => Object.keys(flows ?? {});

const waysIn = (security: Security): number =>
  security.map((scheme) => Math.max(1, flowsOf(scheme).length)).reduce((all, count) => all + count, 0);

const scopesOf = ({ scopes }: Scheme): unknown[] => (Array.isArray(scopes) ? scopes : []);

/** Parts of a scheme that do not decide by themselves who is accepted: `bearerFormat` is a hint for documentation. */
const OTHER_PARTS = new Set(['description', 'bearerFormat', 'scopes', 'flows']);

/** Returns what decides which authentication is accepted, except scopes and flows. */
const loginOf = (scheme: Scheme): unknown =>
  Object.fromEntries(
    Object.entries(scheme)
      .filter(([name]) => !OTHER_PARTS.has(name) && !name.startsWith('x-'))
      // HTTP does not distinguish upper and lower case in the names of schemes.
      .map(([name, value]) => [name, name === 'scheme' ? String(value).toLowerCase() : value]),
  );
