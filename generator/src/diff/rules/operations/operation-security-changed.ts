import { securityFinding } from '../security.ts';
import type { OperationRule } from '../rule.ts';

export const operationSecurityChanged: OperationRule = {
  id: 'operation-security-changed',
  kind: 'operation',
  title: 'An operation no longer accepts a security scheme',
  directions: ['receive', 'send'],
  about:
    'Clients log in by a method that is removed, or without any where one is required now. An operation that states no schemes had those of its servers; if the new version states none, nothing is compared.',
  remedy: 'Keep the old method until all clients use another one.',
  check({ use, before, after }) {
    const outcome =
      use === 'receive'
        ? 'is refused by the broker: its client cannot log in'
        : 'does not reach readers of the old version: they cannot log in';
    return securityFinding(`The operation ${after.contract.id}`, before.security, after.object.security ?? [], outcome);
  },
};
