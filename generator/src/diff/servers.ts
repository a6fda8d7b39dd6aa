/** The servers of a document. */
import type { Service } from './service.ts';

export interface Server {
  readonly host?: string;
  readonly pathname?: string;
  readonly protocol?: string;
  readonly variables?: Readonly<Record<string, ServerVariable>>;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
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

/** Returns the address with the defaults of its variables. */
export function addressOf({ host = '', pathname = '', protocol = '', variables = {} }: Server): string {
  const text = `${protocol}://${host}${pathname}`;
  return text.replaceAll(/\{([^{}]+)\}/g, (whole, name: string) => variables[name]?.default ?? whole);
}
