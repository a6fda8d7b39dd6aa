/** Makes the page's part of the templates' input: what people read, and no code is generated from. */
import { readFile } from 'node:fs/promises';
import { rawOperations } from '../contract.ts';
import type { LoadedDocument, Schema } from '../document.ts';
import type { Contract, ContractChannel, ContractMessage, Direction, HeaderEncoding } from '../shape.ts';
import { encodingOf, propertiesOf } from '../headers.ts';
import { html } from './markdown.ts';
import { rowsOf } from './fields.ts';
import type { FieldRow } from './fields.ts';
import { Relations } from './relations.ts';
import type { Effects, MessageName, PageReason, PageTimed } from './relations.ts';
import { serversOf } from './servers.ts';
import type { PageServer } from './servers.ts';
import { exampleOf } from './wire.ts';
import type { PageExample } from './wire.ts';

export interface Page {
  /** Descriptions as HTML, like all fields of this name. */
  readonly html: string;
  readonly style: string;
  readonly script: string;
  readonly license: { readonly name?: string; readonly url?: string } | undefined;
  readonly contact: { readonly name?: string; readonly url?: string; readonly email?: string } | undefined;
  readonly servers: readonly PageServer[];
  readonly channels: readonly PageChannel[];
  readonly operations: readonly PageOperation[];
  readonly timed: readonly PageTimed[];
  readonly reasons: readonly PageReason[];
}

interface Tag {
  readonly name: string;
  readonly description?: string;
}

export interface PageChannel extends Pick<
  ContractChannel,
  'name' | 'title' | 'env' | 'address' | 'partitions' | 'config' | 'apart' | 'format'
> {
  readonly html: string;
  /** What the service does with it. */
  readonly direction: Direction;
  readonly skipsOthers: boolean;
  readonly key: PageKey | undefined;
  readonly tags: readonly Tag[];
  /** The headers, if all its messages have the same. */
  readonly headers: readonly FieldRow[] | undefined;
  readonly messages: readonly PageMessage[];
}

interface PageKey {
  readonly field: string | undefined;
  readonly encoding: string;
}

export interface PageMessage {
  readonly name: MessageName;
  /** What distinguishes it, or its name. */
  readonly labels: readonly string[];
  readonly title: string | undefined;
  readonly html: string;
  readonly tags: readonly Tag[];
  readonly correlation: { readonly location: string; readonly html: string } | undefined;
  readonly effects: Effects;
  /** Its own headers, if the messages of its channel have different ones. */
  readonly headers: readonly FieldRow[] | undefined;
  readonly fields: readonly FieldRow[];
  readonly examples: readonly PageExample[];
}

export interface PageOperation {
  readonly id: string;
  readonly title: string | undefined;
  readonly html: string;
  readonly action: 'receive' | 'send';
  readonly channel: string;
  readonly messages: readonly MessageName[];
  /** The consumer group, and the variable that may name another one. */
  readonly group:
    { readonly name: string | undefined; readonly env: string | undefined; readonly html: string } | undefined;
  readonly replies: readonly MessageName[];
  readonly unhandled: readonly MessageName[];
}

/** The fields of the document that only the page shows. */
interface Described {
  readonly name?: string;
  readonly title?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly Tag[];
  readonly 'x-unknown-types'?: string;
  readonly correlationId?: { readonly location?: string; readonly description?: string };
}

const FOLDER = new URL('../../templates/components/page/', import.meta.url);

/** Reads what the page shows. @param contract as the templates get it. */
export async function pageOf(document: LoadedDocument, contract: Contract): Promise<Page> {
  const [style, script] = await Promise.all(
    ['style.css', 'script.js'].map((name) => readFile(new URL(name, FOLDER), 'utf8')),
  );
  const info = (document.resolved.info ?? {}) as Pick<Page, 'license' | 'contact'> & Described;
  const relations = new Relations(document, contract);
  const fields = new Map(
    contract.channels.flatMap(({ messages }) => messages.map((one) => [one, rowsOf(one.payload)])),
  );
  return {
    html: html(info.description),
    style: style ?? '',
    script: script ?? '',
    license: info.license,
    contact: info.contact,
    servers: serversOf(document),
    channels: contract.channels.map((channel) => channelOf(channel, { document, contract, relations, fields })),
    operations: operationsOf(document, contract, relations),
    timed: relations.timed(),
    reasons: relations.reasons(fields),
  };
}

interface Sources {
  readonly document: LoadedDocument;
  readonly contract: Contract;
  readonly relations: Relations;
  readonly fields: ReadonlyMap<ContractMessage, readonly FieldRow[]>;
}

function channelOf(channel: ContractChannel, sources: Sources): PageChannel {
  const { document, contract, relations, fields } = sources;
  const { name, title, env, address, partitions, config, apart, format, recordKey, messages } = channel;
  const described: Described = document.resolved.channels?.[channel.key] as Described;
  const headers = messages.map((message) => headerRows(message));
  const isShared = new Set(headers.map((rows) => JSON.stringify(rows))).size === 1;
  return {
    ...{
      name,
      title,
      html: html(described.summary, described.description),
      env,
      address,
      partitions,
      config,
      apart,
      format,
    },
    direction: ofService(channel.direction, contract),
    skipsOthers: described['x-unknown-types'] === 'skip',
    key: recordKey && { field: recordKey.field, encoding: recordKey.encoding },
    tags: described.tags ?? [],
    headers: isShared ? headers[0] : undefined,
    messages: messages.map((message, index): PageMessage => {
      const own = document.resolved.channels?.[channel.key]?.messages?.[String(message.path.at(-1))] as Described;
      const { location, description } = own.correlationId ?? {};
      return {
        name: { channel: name, message: message.component },
        labels: apart.by === 'field' || apart.by === 'header' ? message.types : [own.name ?? message.component],
        title: own.title,
        html: html(own.summary, own.description),
        tags: own.tags ?? [],
        correlation: location === undefined ? undefined : { location, html: html(description) },
        effects: relations.effectsOf(message),
        headers: isShared ? undefined : headers[index],
        fields: format === 'json' ? (fields.get(message) ?? []) : [],
        examples: message.examples.map((example) => exampleOf(channel, example)),
      };
    }),
  };
}

/** What a header is on the wire. */
const WIRE_FORMS: Readonly<Record<HeaderEncoding, string>> = {
  text: 'text',
  uuid: 'UUID as text',
  ascii: 'ASCII text',
  uint16be: '2 bytes: a big-endian uint16',
  traceparent: 'text: W3C traceparent',
  tracestate: 'text: W3C tracestate',
  integer: 'integer as text',
  number: 'number as text',
  boolean: 'true or false as text',
  json: 'JSON',
};

/** Returns the headers of a message. Their forms are those on the wire. */
function headerRows({ headers }: ContractMessage): FieldRow[] {
  const properties = propertiesOf(headers);
  return rowsOf({ type: 'object', properties: {}, ...headers })
    .filter(({ name }) => name !== '')
    .map((row) => {
      const header = row.parents === '' ? properties.get(row.name) : undefined;
      if (header === undefined) return row;
      // Bounds follow the type.
      const bounds = row.form.split(', ').slice(1);
      const members = header['x-max-members'];
      const form = [
        WIRE_FORMS[encodingOf(header) ?? 'text'],
        ...bounds,
        ...(members === undefined ? [] : [`at most ${String(members)} members`]),
      ].join(', ');
      return { ...row, form };
    });
}

/** Turns a direction as the generated code sees it into that of the service. */
function ofService<Seen extends Direction>(direction: Seen, { role }: Contract): Seen {
  if (role === 'service' || direction === 'both') return direction;
  return (direction === 'send' ? 'receive' : 'send') as Seen;
}

function operationsOf({ raw, resolved }: LoadedDocument, contract: Contract, relations: Relations): PageOperation[] {
  const given = rawOperations(raw);
  return contract.operations.map(({ id, action, channel, messages, reply }): PageOperation => {
    const described = resolved.operations?.[id];
    const group = described?.bindings?.kafka?.groupId as (Schema & { readonly 'x-env'?: string }) | undefined;
    const name = group?.const ?? (group?.enum?.length === 1 ? group.enum[0] : group?.default);
    const service = ofService(action, contract);
    return {
      ...{ id, channel, action: service },
      title: (described as Described | undefined)?.title,
      html: html(described?.summary, described?.description),
      messages: messages.map((message) => ({ channel, message })),
      group:
        group === undefined || service === 'send'
          ? undefined
          : { name: typeof name === 'string' ? name : undefined, env: group['x-env'], html: html(group.description) },
      replies:
        reply?.channel === undefined
          ? []
          : reply.messages.map((message) => ({ channel: reply.channel ?? '', message })),
      unhandled: relations.named(given[id], 'x-dead-letter'),
    };
  });
}
