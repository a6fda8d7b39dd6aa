import type { Operation } from '../questions.ts';
import type { OperationRule } from '../rule.ts';

export const clientIdChanged: OperationRule = {
  id: 'client-id-changed',
  kind: 'operation',
  title: 'The service has another client id',
  directions: ['receive', 'send'],
  about:
    'A broker may have quotas for a client id, and its metrics name it. No document states whether it has them for the new one.',
  remedy:
    'Keep the client id. Otherwise set up the broker for the new one before the first start, and then waive this finding.',
  check({ before, after }) {
    const [old, now] = [clientIdsOf(before), clientIdsOf(after)];
    const lost = old?.filter((id) => now?.includes(id) === false) ?? [];
    // Without a list in the new version, nothing states that it is another one.
    if (old === undefined || now === undefined || lost.length === 0) return undefined;
    const why = `The client id was ${old.join(' or ')} and is ${now.join(' or ')}; it is not known whether the broker is set up for it`;
    return { verdict: 'look', path: ['bindings', 'kafka', 'clientId'], why };
  },
};

/** Returns the client ids that a service may have; undefined if the document does not list them. */
function clientIdsOf({ object }: Operation): readonly unknown[] | undefined {
  const clientId = object.bindings?.kafka?.clientId;
  return clientId?.const === undefined ? clientId?.enum : [clientId.const];
}
