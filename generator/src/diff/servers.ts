/** The servers of a document. */
import type { Service, ServiceChannel } from './service.ts';
import { expanded, valuesIn } from './topics.ts';

/** Alternatives: a client needs one of them. Without any, it needs none. */
export type Security = readonly Scheme[];

export type Scheme = Readonly<Record<string, unknown>>;

export interface Server {
  readonly host?: string;
  readonly pathname?: string;
  readonly protocol?: string;
  readonly variables?: Readonly<Record<string, ServerVariable>>;
  readonly security?: Security;
  readonly bindings?: {
    readonly kafka?: { readonly schemaRegistryUrl?: string; readonly schemaRegistryVendor?: string };
  };
  readonly 'x-env'?: string;
}

interface ServerVariable {
  readonly enum?: readonly string[];
  readonly default?: string;
}

/** Returns the servers with their names. */
export function serversOf({ document }: Service): [name: string, server: Server][] {
  return Object.entries((document.data['servers'] ?? {}) as Readonly<Record<string, Server>>);
}

/** Returns the servers that have a channel: all, unless it names some. */
export function serversWith(service: Service, { object }: ServiceChannel): Server[] {
  const { servers = [] } = object as { readonly servers?: readonly Server[] };
  return servers.length > 0 ? [...servers] : serversOf(service).map(([, server]) => server);
}

/** Returns the schemes of all servers that have a channel; none if one of them needs none. */
export function securityWith(service: Service, channel: ServiceChannel): Security {
  const all = serversWith(service, channel).map(({ security = [] }) => security);
  return all.some((security) => security.length === 0) ? [] : all.flat();
}

/** Upper and lower case mean the same host, except in the names of variables. */
const templateOf = ({ host = '', pathname = '', protocol = '' }: Server) =>
  `${protocol.toLowerCase()}://${host.replaceAll(/\{[^{}]*\}|[^{}]+/g, (part) => (part.startsWith('{') ? part : part.toLowerCase()))}${pathname}`;

/** Returns the address with the defaults of its variables, or with one other value. */
export function addressOf(server: Server, values: Readonly<Record<string, string>> = {}): string {
  const { variables = {} } = server;
  return templateOf(server).replaceAll(
    /\{([^{}]+)\}/g,
    (whole, name: string) => values[name] ?? variables[name]?.default ?? whole,
  );
}

/** Returns the variables of the address, in its order. */
export function variablesOf(server: Server): [name: string, variable: ServerVariable][] {
  const names = [...templateOf(server).matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => name);
  return [...new Set(names)].map((name) => [name, server.variables?.[name] ?? {}]);
}

/** Returns all addresses of a server; undefined if the values of a variable are not listed. */
export const addressesOf = (server: Server): readonly string[] | undefined =>
  expanded(
    templateOf(server),
    variablesOf(server).map(([name, variable]) => [name, variable.enum]),
  );

/** Returns the address of each broker: the host of a server may be a list, as `bootstrap.servers` of Kafka is. */
export function brokersIn(address: string): string[] {
  const [, protocol = '', list = '', pathname = ''] = /^(.*?:\/\/)([^/]*)(.*)$/s.exec(address) ?? [];
  const hosts = listed(list).filter((host) => host !== '');
  return hosts.length === 0 ? [address] : hosts.map((host) => `${protocol}${host}${pathname}`);
}

const listed = (text: string): string[] => text.split(',').map((item) => item.trim());

/** Whether a client with an address reaches a server: of a list of brokers, one is enough. A variable without a list of values has any. */
export const hasAddress = (server: Server, address: string): boolean =>
  reaches(server, address, (name) => server.variables?.[name]?.enum);

/** Whether it does so by an address that the document names: by the default of a variable without a list. */
export const namesAddress = (server: Server, address: string): boolean =>
  reaches(server, address, (name) => {
    const { enum: values, default: usual } = server.variables?.[name] ?? {};
    return values ?? (usual === undefined ? undefined : [usual]);
  });

function reaches(server: Server, address: string, valuesOf: (name: string) => readonly string[] | undefined): boolean {
  const templates = brokersIn(templateOf(server));
  // A value may be a list too.
  const allowed = (name: string) => valuesOf(name)?.flatMap(listed);
  return brokersIn(address).some((broker) =>
    templates.some((template) => valuesIn(template, broker, allowed) !== undefined),
  );
}
