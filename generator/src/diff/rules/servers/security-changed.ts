import { isDeepStrictEqual } from 'node:util';
import type { ServerRule } from '../rule.ts';

export const securityChanged: ServerRule = {
  id: 'security-changed',
  kind: 'server',
  title: 'A server no longer accepts a security scheme',
  directions: ['receive', 'send'],
  about: 'Clients log in by a method that is removed, or without any where one is required now.',
  remedy: 'Keep the old method until all clients use another one.',
  check({ name, before, after }) {
    const [was, is] = [before?.security ?? [], after?.security ?? []];
    // Without any scheme left, everybody may connect.
    if (before === undefined || is.length === 0) return undefined;
    const isKept = (scheme: Scheme) => is.some((other) => isDeepStrictEqual(loginOf(scheme), loginOf(other)));
    const lost = was.find((scheme) => !isKept(scheme));
    if (was.length > 0 && lost === undefined) {
      if (is.length <= was.length) return undefined;
      return { verdict: 'safe', path: ['security'], why: `The server ${name} accepts a further security scheme` };
    }
    return {
      verdict: 'breaking',
      path: ['security'],
      why:
        lost === undefined
          ? `The server ${name} requires authentication`
          : `The server ${name} no longer accepts the scheme ${String(lost['type'])}`,
      outcome: 'is refused by the broker: its client cannot log in',
    };
  },
};

type Scheme = Readonly<Record<string, unknown>>;

/** Returns what decides which authentication a server accepts. */
function loginOf(scheme: Scheme): unknown {
  const { description: _description, flows, ...rest } = scheme;
  return { ...rest, flows: Object.keys(flows ?? {}).sort() };
}
