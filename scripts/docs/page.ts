/** The content of the contract's pages: its channels and messages, each with its link. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../src/operator/folders.ts';
import { contractOf } from '../../generator/src/contract.ts';
import { loadDocument } from '../../generator/src/document.ts';
import type { ContractChannel } from '../../generator/src/shape.ts';
import { describedMessages, timedOf } from './described.ts';
import type { Described, Timed } from './described.ts';
import { code, newLinks, paragraphs } from './markdown.ts';

const SOURCE = 'asyncapi.yaml';

export interface ContractPage {
  readonly sections: readonly Section[];
  readonly timed: readonly PageItem<Timed>[];
}

/** A channel with its messages as the document describes them. */
export interface Section extends PageItem<ContractChannel> {
  readonly summary: readonly string[];
  readonly messages: readonly MessageItem[];
}

/** Something with a heading on the page. */
interface PageItem<What> {
  readonly what: What;
  /** The link to the heading. */
  readonly link: string;
}

export interface MessageItem extends PageItem<Described> {
  /** Its name in the document. */
  readonly component: string;
  /** Its heading; undefined if the channel has one message without types. */
  readonly heading: string | undefined;
}

/** Reads the contract of this project. */
export async function contractPage(): Promise<ContractPage> {
  const document = await loadDocument(await readFile(join(ROOT, SOURCE), 'utf8'), SOURCE);
  // In the order of the page.
  const link = newLinks();
  const sections = contractOf(document, SOURCE, 'service').contract.channels.map((channel): Section => {
    const { summary, description } = document.resolved.channels?.[channel.name] ?? {};
    const own = link(channel.title);
    const isTyped = channel.apart.by === 'field';
    const types = new Map(
      channel.messages.map(({ component, types: [type] }) => [component, isTyped ? type : undefined]),
    );
    const messages = describedMessages(document, channel.name).map(([component, what]): MessageItem => {
      const heading = types.get(component);
      return { what, component, heading, link: heading === undefined ? own : link(heading, code(heading)) };
    });
    return { what: channel, link: own, summary: [...paragraphs(summary), ...paragraphs(description)], messages };
  });
  const timed = timedOf(document).map((what) => ({ what, link: link(what.title, what.title.toLowerCase()) }));
  return { sections, timed };
}

/** Returns the link to a message, by its name in the document. */
export function linkOf(component: string, { sections }: ContractPage): string {
  const entries = sections.flatMap(({ messages }) => messages);
  const entry = entries.find((one) => one.component === component);
  if (entry === undefined) throw new Error(`${SOURCE} has no message ${component}`);
  return entry.link;
}
