import type { RuleFinding, ServerRule } from '../rule.ts';

const FIELDS = ['schemaRegistryUrl', 'schemaRegistryVendor'] as const;

export const schemaRegistryChanged: ServerRule = {
  id: 'schema-registry-changed',
  kind: 'server',
  title: 'A server has another schema registry',
  directions: ['receive', 'send'],
  about:
    'Clients ask the registry (`schemaRegistryUrl`, `schemaRegistryVendor`) for the schema whose id a record has. No document states whether another one has the same schemas with the same ids, or whether the old one is still there. A registry that is stated for the first time is safe.',
  remedy: 'Copy the schemas with their ids to the new registry and keep the old one. Then waive this finding.',
  check({ name, before, after }) {
    if (before === undefined || after === undefined) return undefined;
    return FIELDS.flatMap((field): RuleFinding[] => {
      const [was, is] = [before, after].map(({ bindings }) => bindings?.kafka?.[field]);
      if (was === undefined || was === is) return [];
      const why = `The ${field} of the server ${name} was ${was} and is ${is ?? 'not stated'}`;
      return [{ verdict: 'look', path: ['bindings', 'kafka', field], why }];
    });
  },
};
