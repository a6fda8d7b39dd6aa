/** Reads the servers of a document. */
import type { LoadedDocument } from '../document.ts';
import { html } from './markdown.ts';

export interface PageServer {
  readonly name: string;
  readonly title: string | undefined;
  readonly html: string;
  readonly host: string;
  readonly protocol: string;
  /** The environment variable that names it. */
  readonly env: string | undefined;
  readonly variables: readonly {
    readonly name: string;
    readonly fallback: string | undefined;
    readonly html: string;
  }[];
  /** The ways to log in. */
  readonly security: readonly { readonly type: string; readonly html: string }[];
}

interface Server {
  readonly title?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly host?: string;
  readonly pathname?: string;
  readonly protocol?: string;
  readonly variables?: Readonly<Record<string, { readonly description?: string; readonly default?: string }>>;
  readonly security?: readonly { readonly type?: string; readonly description?: string }[];
  readonly 'x-env'?: string;
}

/** Returns the servers, in the order of the document. */
export function serversOf({ resolved }: LoadedDocument): PageServer[] {
  const { servers = {} } = resolved as { readonly servers?: Readonly<Record<string, Server>> };
  return Object.entries(servers).map(([name, server]) => ({
    name,
    title: server.title,
    html: html(server.summary, server.description),
    host: `${server.host ?? ''}${server.pathname ?? ''}`,
    protocol: server.protocol ?? '',
    env: server['x-env'],
    variables: Object.entries(server.variables ?? {}).map(([variable, { default: fallback, description }]) => ({
      name: variable,
      fallback,
      html: html(description),
    })),
    security: (server.security ?? []).map(({ type = '', description }) => ({ type, html: html(description) })),
  }));
}
