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
    if (is.length <= was.length) return undefined;
    return { verdict: 'safe', path, why: `${name} accepts a further security scheme` };
  }
  const why =
    lost === undefined
      ? `${name} requires authentication`
      : `${name} no longer accepts the scheme ${String(lost['type'])}`;
  return { verdict: 'breaking', path, why, outcome };
}

/** Whether authentication by one scheme is enough for another one, which may need fewer scopes. */
function isAccepted(scheme: Scheme, other: Scheme): boolean {
  const granted = scopesOf(scheme);
  return (
    isDeepStrictEqual(loginOf(scheme), loginOf(other)) && scopesOf(other).every((scope) => granted.includes(scope))
  );
}

const scopesOf = ({ scopes }: Scheme): unknown[] => (Array.isArray(scopes) ? scopes : []);

/** Returns what decides which authentication is accepted, except the scopes. */
function loginOf(scheme: Scheme): unknown {
  const { description: _description, scopes: _scopes, flows, ...rest } = scheme;
  return { ...rest, flows: Object.keys(flows ?? {}).sort() };
}
