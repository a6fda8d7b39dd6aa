import { securityFinding } from '../security.ts';
import type { ServerRule } from '../rule.ts';

export const securityChanged: ServerRule = {
  id: 'security-changed',
  kind: 'server',
  title: 'A server no longer accepts a security scheme',
  directions: ['receive', 'send'],
  about:
    'Clients log in by a method that is removed, or without any where one is required now. A scheme that needs further scopes is another one.',
  remedy: 'Keep the old method until all clients use another one.',
  check({ name, before, after }) {
    if (before === undefined) return undefined;
    const outcome = 'is refused by the broker: its client cannot log in';
    return securityFinding(`The server ${name}`, before.security ?? [], after?.security ?? [], outcome);
  },
};
