import { addressesOf, addressOf, brokersIn, hasAddress, namesAddress, variablesOf } from '../../servers.ts';
import type { Server } from '../../servers.ts';
import type { ServerChange } from '../questions.ts';
import type { RuleFinding, ServerRule } from '../rule.ts';

export const serverVariableChanged: ServerRule = {
  id: 'server-variable-changed',
  kind: 'server',
  title: 'A variable of a server changes',
  directions: ['receive', 'send'],
  about:
    'Clients use a value that is no longer allowed, or deployments set a variable (`x-env`) that nobody reads. Another default needs a look: clients that set no value connect to another broker, though the one before is still listed.',
  remedy: 'Keep the variable, its values and its default.',
  check(change) {
    const { name, before, after } = change;
    if (before === undefined || after === undefined) return [];
    const ofVariables = variablesOf(before).flatMap((_each, index) => variable(change, before, after, index));
    return [
      ...environment(name, before, after),
      ...(ofVariables.length > 0 ? ofVariables : combination(change, before, after)),
      ...defaultChanged(name, before, after),
    ];
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

/** Compares a variable with that at its position: its name does not matter. */
function variable({ name, newServers }: ServerChange, before: Server, after: Server, index: number): RuleFinding[] {
  const [key, was] = variablesOf(before)[index] ?? ['', {}];
  const [newKey] = variablesOf(after)[index] ?? [];
  const isServed = (value: string) =>
    newServers.some((server) => hasAddress(server, addressOf(before, { [key]: value })));
  // With another address, another rule finds it.
  if (!newServers.some((server) => namesAddress(server, addressOf(before)))) return [];
  const values = was.enum ?? [ANOTHER];
  const lost = values.filter((value) => !isServed(value));
  const [value] = lost;
  if (value === undefined) return [];
  const sentence =
    newKey === undefined
      ? `The server ${name} has no variable ${key} any more`
      : `The variable ${newKey} of the server ${name} ${was.enum === undefined ? 'had any value' : `loses ${lost.join(', ')}`}`;
  return [
    {
      verdict: 'breaking',
      path: newKey === undefined ? ['variables'] : ['variables', newKey, 'enum'],
      why: sentence,
      outcome: `is sent to ${addressOf(before, { [key]: value })}`,
    },
  ];
}

function defaultChanged(name: string, before: Server, after: Server): RuleFinding[] {
  const [was, is] = [addressOf(before), addressOf(after)];
  const brokers = brokersIn(was);
  if (!hasAddress(after, was) || brokersIn(is).some((broker) => brokers.includes(broker))) return [];
  const old = variablesOf(before).map(([, { default: usual }]) => usual);
  const [changed] = variablesOf(after).flatMap(([key, { default: usual }], index) => {
    const known = old[index];
    return usual === undefined || known === undefined || known === usual ? [] : [{ key, usual }];
  });
  if (changed === undefined) return [];
  const { key, usual } = changed;
  const why = `The default of the variable ${key} of the server ${name} is ${usual} now: clients that set no value connect to ${is}, not to ${was}`;
  return [{ verdict: 'look', path: ['variables', key, 'default'], why }];
}

/** Finds a combination of values that is lost, though each of them is still there with the usual values of the others. */
function combination({ newServers }: ServerChange, before: Server, after: Server): RuleFinding[] {
  const addresses = addressesOf(before) ?? [];
  const isServed = (address: string) => newServers.some((server) => hasAddress(server, address));
  const lost = addresses.find((address) => !isServed(address));
  // One server may be several in the new version: it is found once.
  const first = newServers.find((server) => addresses.some((address) => hasAddress(server, address)));
  if (lost === undefined || first !== after || !isServed(addressOf(before))) return [];
  return [{ verdict: 'breaking', path: ['host'], why: `No server is at ${lost} any more`, outcome: `is sent to ${lost}` }]; // prettier-ignore
}

/** Stands for any value that no list has. */
const ANOTHER = 'another';
