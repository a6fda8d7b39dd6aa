import { addressOf } from '../../servers.ts';
import type { Server } from '../../servers.ts';
import type { RuleFinding, ServerRule } from '../rule.ts';

export const serverVariableChanged: ServerRule = {
  id: 'server-variable-changed',
  kind: 'server',
  title: 'A variable of a server changes',
  directions: ['receive', 'send'],
  about: 'Clients use a value that is no longer allowed, or deployments set a variable (`x-env`) that nobody reads.',
  remedy: 'Keep the variable and its values.',
  check({ name, before, after }) {
    if (before === undefined || after === undefined) return [];
    const variables = Object.keys(before.variables ?? {});
    return [...environment(name, before, after), ...variables.flatMap((each) => variable(name, each, before, after))];
  },
};

function environment(name: string, before: Server, after: Server): RuleFinding[] {
  const [was, is = 'none'] = [before['x-env'], after['x-env']];
  if (was === undefined || was === after['x-env']) return [];
  return [
    {
      verdict: 'breaking',
      path: ['x-env'],
      why: `The variable ${was} named the server ${name}; now ${is} does`,
      outcome: `is sent to the brokers that ${was} names`,
    },
  ];
}

function variable(name: string, key: string, before: Server, after: Server): RuleFinding[] {
  const [was, is] = [before.variables?.[key], after.variables?.[key]];
  if (is === undefined) {
    const isUsed = ({ host = '', pathname = '' }: Server) => `${host}${pathname}`.includes(`{${key}}`);
    // With another address, another rule finds it.
    if (!isUsed(before) || isUsed(after) || addressOf(before) !== addressOf(after)) return [];
    return [
      {
        verdict: 'breaking',
        path: ['variables'],
        why: `The server ${name} has no variable ${key} any more`,
        outcome: 'is sent to a broker that another value of the variable names',
      },
    ];
  }
  const values = is.enum;
  const lost = values === undefined ? [] : (was?.enum ?? []).filter((value) => !values.includes(value));
  if (lost.length === 0 && (was?.enum !== undefined || values === undefined)) return [];
  return [
    {
      verdict: 'breaking',
      path: ['variables', key, 'enum'],
      why: `The variable ${key} of the server ${name} ${lost.length > 0 ? `loses ${lost.join(', ')}` : 'had any value'}`,
      outcome: `is sent to the broker that ${key} ${lost[0] ?? ''} names`,
    },
  ];
}
