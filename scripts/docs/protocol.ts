/** Writes docs/protocol.md between its marks: every message of the contract, for its senders and readers. */
import { encodeKey } from '../../generated/contract/keys.js';
import type { ContractChannel } from '../../generator/src/shape.ts';
import { nameOf } from './described.ts';
import type { Described, Field, Reply } from './described.ts';
import { commonRows, fieldTable, meaningTables, rowsOf } from './fields.ts';
import { headersTable } from './headers.ts';
import { code, hex, json, paragraphs, table } from './markdown.ts';
import { contractPage, linkOf } from './page.ts';
import type { MessageItem, ContractPage, Section } from './page.ts';
import { wireTable } from './wire.ts';

/** The pet of the contract's examples. */
const EXAMPLE_ID = 101;

/** Returns the generated section of the page. */
export async function protocol(): Promise<string> {
  const page = await contractPage();
  const { sections, timed } = page;
  return [
    '## Topics and keys',
    topicsTable(sections),
    keys(EXAMPLE_ID),
    '## Headers',
    headersTable(sections),
    '### One message byte by byte',
    `A ${code('SPAWN')} with the required headers and a trace. [Writing a record](#writing-a-record) has the code.`,
    wireTable(),
    ...sections.flatMap((section) => channelSection(section, page)),
    '## As time passes',
    ...timed.flatMap(({ what }) => [
      `### ${what.title}`,
      ...paragraphs(what.description),
      eventList('Events', what['x-replies'], page),
    ]),
  ].join('\n\n');
}

function topicsTable(sections: readonly Section[]): string {
  const rows = sections.map(
    ({ what: { env = '', direction, recordKey, partitions }, link, summary: [summary = ''] }) => {
      const verb = direction === 'receive' ? 'send' : 'read';
      return [
        code(env),
        link,
        verb,
        recordKey?.field === undefined ? 'as received' : code(recordKey.field),
        String(partitions),
        summary,
      ];
    },
  );
  return table(['variable', 'channel', 'you', 'key', 'partitions', 'what for'], rows);
}

function keys(id: number): string {
  const bytes = hex(encodeKey(id));
  return `A key is 8 bytes: the number as a little-endian uint32, then four zero bytes. ${String(id)} is ${bytes}.`;
}

function channelSection({ what: channel, summary, messages }: Section, page: ContractPage): string[] {
  const received = channel.direction === 'receive';
  const common = messages.length > 1 ? commonRows(messages.map(({ what }) => (what.payload ?? {}) as Field)) : [];
  const envelope = `Each has its ${code('type')}, which is its heading here, its ${code('body')}, and`;
  return [
    `## ${channel.title}`,
    [`${received ? 'You send' : 'You read'} ${code(channel.env ?? '')}.`, ...summary].join(' '),
    ...(common.length === 0 ? [] : [envelope, fieldTable('field', common, received)]),
    ...messages.flatMap((entry) => messageSection(entry, channel, new Set(common.map(({ name }) => name)), page)),
  ];
}

function messageSection(
  { component, heading, what: message }: MessageItem,
  { direction, format }: ContractChannel,
  common: ReadonlySet<string>,
  page: ContractPage,
): string[] {
  const received = direction === 'receive';
  const about = format === 'bytes' ? message.headers : message.payload;
  const isShown = ({ name }: { readonly name: string }) => !common.has(name) && (common.size === 0 || name !== 'type');
  const rows = rowsOf((about ?? {}) as Field).filter(isShown);
  const [first = '', ...more] = paragraphs(message.description);
  // The later paragraphs of a received message repeat what is listed below.
  const description = [...(heading === undefined ? [] : paragraphs(message.summary)), first, ...(received ? [] : more)];
  const example = message.examples?.find(({ payload }) => hasBody(payload)) ?? message.examples?.[0];
  return [
    ...(heading === undefined ? [] : [`### ${heading}`]),
    description.join(' ').trim(),
    rows.length === 0
      ? `Its ${code('body')} ${received ? 'may be left out' : `is ${code('{}')}`}.`
      : fieldTable(format === 'bytes' ? 'header' : 'field', rows, received),
    ...meaningTables(rows),
    json(format === 'bytes' ? example?.headers : example?.payload),
    ...(received ? [answers(message, page)] : causes(component, page)),
  ];
}

/** Returns whether the body of an example has fields. */
function hasBody(payload: unknown): boolean {
  const { body } = (payload ?? {}) as { readonly body?: object };
  return body !== undefined && Object.keys(body).length > 0;
}

/** Returns the replies, in order, and the reasons for a rejection. */
function answers({ 'x-replies': replies = [], 'x-rejections': reasons = [] }: Described, page: ContractPage): string {
  if (replies.length === 0) return 'Nothing comes back.';
  const which = reasons.length > 1 ? ', the first of these that applies: ' : ': ';
  const rejected = `Or ${linkOf('Rejected', page)}${which}${reasons.map(code).join(', ')}.`;
  return [eventList('What comes back', replies, page), ...(reasons.length === 0 ? [] : [rejected])].join('\n\n');
}

/** Returns a list of events in their order. */
function eventList(what: string, replies: readonly Reply[], page: ContractPage): string {
  const events = replies.map(({ message, of: whose, when }) => {
    return `${linkOf(nameOf(message), page)}${whose === undefined ? '' : ` of ${whose}`}${when === undefined ? '' : `, ${when}`}`;
  });
  const [only = '', ...more] = events;
  if (more.length === 0) return `${what}: ${only}.`;
  return [`${what}, in this order:`, events.map((event, index) => `${String(index + 1)}. ${event}`).join('\n')].join(
    '\n\n',
  );
}

/** Returns the causes of an event: messages, and the passing of time. */
function causes(component: string, { sections, timed }: ContractPage): string[] {
  const causesEvent = (replies: readonly Reply[] = []) => replies.some(({ message }) => nameOf(message) === component);
  const headings = sections.flatMap(({ messages }) => messages.map(({ heading }) => heading));
  const isAlone = (heading: string | undefined) => headings.indexOf(heading) === headings.lastIndexOf(heading);
  const messages = sections.flatMap(({ what: { title }, messages: entries }) =>
    entries
      .filter(({ what }) => causesEvent(what['x-replies']))
      .map(({ heading, link }) => (isAlone(heading) ? link : `${link} (${title.toLowerCase()})`)),
  );
  const times = timed.filter(({ what }) => causesEvent(what['x-replies'])).map(({ link }) => link);
  const all = [...messages, ...times];
  return all.length === 0 ? [] : [`Caused by ${all.join(', ')}.`];
}
