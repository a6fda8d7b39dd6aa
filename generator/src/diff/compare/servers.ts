/** Compares brokers: their addresses, variables and logins. */
import { isDeepStrictEqual } from 'node:util';
import type { Location } from '../findings.ts';
import type { Service } from '../service.ts';
import { report } from './context.ts';
import type { Context } from './context.ts';
import { recordFor } from './channels.ts';

interface Variable {
  readonly enum?: readonly string[];
  readonly default?: string;
}

interface Server {
  readonly host?: string;
  readonly pathname?: string;
  readonly protocol?: string;
  readonly variables?: Readonly<Record<string, Variable>>;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly 'x-env'?: string;
}

const serversOf = ({ document }: Service) => Object.entries((document.data['servers'] ?? {}) as Readonly<Record<string, Server>>); // prettier-ignore

/** Returns the address with the defaults of its variables. */
function addressOf({ host = '', pathname = '', protocol = '', variables = {} }: Server): string {
  const text = `${protocol}://${host}${pathname}`;
  return text.replaceAll(/\{([^{}]+)\}/g, (whole, name: string) => variables[name]?.default ?? whole);
}

/** What decides which authentication a server accepts. */
function loginOf(scheme: Readonly<Record<string, unknown>>): unknown {
  const { description: _description, flows, ...rest } = scheme;
  return { ...rest, flows: Object.keys(flows ?? {}).sort() };
}

export function compareServers(context: Context): void {
  const [old, now] = [serversOf(context.before), serversOf(context.after)];
  let rest = now;
  const matched: { readonly name: string; readonly was: Server; readonly is: Server }[] = [];
  const missing = old.filter(([name, was]) => {
    const found = rest.find(([other]) => other === name) ?? rest.find(([, is]) => addressOf(is) === addressOf(was));
    if (found === undefined) return true;
    rest = rest.filter((entry) => entry !== found);
    matched.push({ name: found[0], was, is: found[1] });
    return false;
  });
  const breaking = (rule: string, location: Location, why: string, outcome: string) => {
    const pair = { before: context.before.channels[0], after: context.after.channels[0] };
    const witness = pair.before === undefined || pair.after === undefined ? undefined : recordFor(context, { before: pair.before, after: pair.before }, 'receive', outcome); // prettier-ignore
    report(context, { rule, verdict: 'breaking', location, why, witness });
  };
  for (const [name, was] of missing)
    breaking('server-removed', { version: 'old', path: ['servers', name] }, `The server ${name} (${addressOf(was)}) is removed`, `is sent to ${addressOf(was)}`); // prettier-ignore
  for (const [name] of rest)
    report(context, { rule: 'server-added', verdict: 'safe', location: { version: 'new', path: ['servers', name] }, why: `The server ${name} is new` }); // prettier-ignore
  for (const { name, was, is } of matched) {
    const at = (...path: string[]): Location => ({ version: 'new', path: ['servers', name, ...path] });
    if (addressOf(was) !== addressOf(is))
      breaking('server-changed', at(was.protocol === is.protocol ? 'host' : 'protocol'), `The server ${name} was at ${addressOf(was)} and is at ${addressOf(is)}`, `is sent to ${addressOf(was)}`); // prettier-ignore
    if (was['x-env'] !== undefined && was['x-env'] !== is['x-env'])
      breaking('server-variable-changed', at('x-env'), `The variable ${was['x-env']} named the server ${name}; now ${is['x-env'] ?? 'none'} does`, `is sent to the brokers that ${was['x-env']} names`); // prettier-ignore
    for (const [variable, { enum: values }] of Object.entries(was.variables ?? {})) {
      const other = is.variables?.[variable];
      const isUsed = (server: Server) => `${server.host ?? ''}${server.pathname ?? ''}`.includes(`{${variable}}`);
      if (other === undefined) {
        if (isUsed(was) && !isUsed(is) && addressOf(was) === addressOf(is))
          breaking('server-variable-changed', at('variables'), `The server ${name} has no variable ${variable} any more`, 'is sent to a broker that another value of the variable names'); // prettier-ignore
        continue;
      }
      const lost = (values ?? []).filter((value) => other.enum?.includes(value) === false);
      const isLimited = values === undefined && other.enum !== undefined;
      if (lost.length === 0 && !isLimited) continue;
      breaking('server-variable-changed', at('variables', variable, 'enum'), lost.length > 0 ? `The variable ${variable} of the server ${name} loses ${lost.join(', ')}` : `The variable ${variable} of the server ${name} had any value`, `is sent to the broker that ${variable} ${lost[0] ?? ''} names`); // prettier-ignore
    }
    const logins = was.security ?? [];
    const lost = logins.filter((scheme) => !(is.security ?? []).some((other) => isDeepStrictEqual(loginOf(scheme), loginOf(other)))); // prettier-ignore
    const isNew = logins.length === 0 && (is.security ?? []).length > 0;
    // Without any scheme left, everybody may connect.
    if (isNew || (lost.length > 0 && (is.security ?? []).length > 0))
      breaking('security-changed', at('security'), isNew ? `The server ${name} requires authentication` : `The server ${name} no longer accepts the scheme ${String(lost[0]?.['type'])}`, 'is refused by the broker: its client cannot log in'); // prettier-ignore
  }
}
