import { code, markup, trusted } from './markup.js';

/** Names in capitals, which no ordinary words are, and markup: tags, links and code. */
const NAME_OR_MARKUP = /<(a|code|pre)\b[^]*?<\/\1>|<[^>]*>|\b[A-Z][A-Z\d_]{3,}\b/g;

/** Gives the channels, messages and reasons of a page their anchors, and makes links to them. */
export function linksOf({ channels, reasons, timed, operations, servers }) {
  const taken = new Set(['content', 'navigation', 'search', 'menu', 'results', 'status', 'overview']);
  for (const name of ['send', 'receive', 'both', 'timed', 'reasons', 'operations', 'servers']) taken.add(name);
  /** Returns an anchor that a link can name without escapes. The first of several equal ones has no number. */
  const anchor = (...names) => {
    const wanted = names.map((name) => String(name).replaceAll(/[^\p{L}\p{N}_.-]+/gu, '-')).join('-');
    let free = wanted;
    for (let number = 2; taken.has(free); number += 1) free = `${wanted}-${number}`;
    taken.add(free);
    return free;
  };
  const keyOf = ({ channel, message }) => JSON.stringify([channel, message]);
  const anchors = {
    channel: new Map(channels.map(({ name }) => [name, anchor('channel', name)])),
    message: new Map(
      channels.flatMap(({ messages }) => messages.map(({ name }) => [keyOf(name), anchor('message', name.message)])),
    ),
    reason: new Map(reasons.map(({ value }) => [value, anchor('reason', value)])),
    timed: new Map(timed.map((one) => [one, anchor('timed', one.title)])),
    operation: new Map(operations.map(({ id }) => [id, anchor('operation', id)])),
    server: new Map(servers.map(({ name }) => [name, anchor('server', name)])),
  };
  const all = channels.flatMap((channel) => channel.messages.map((message) => ({ channel, message })));
  const labelCounts = Map.groupBy(all, ({ message }) => message.labels[0]);
  const link = (id, text) => markup`<a href="#${encodeURIComponent(id)}">${text}</a>`;
  const named = new Map([
    ...all
      .filter(({ message }) => labelCounts.get(message.labels[0]).length === 1)
      .map(({ message }) => [message.labels[0], anchors.message.get(keyOf(message.name))]),
    ...anchors.reason,
  ]);
  return {
    idOf: (kind, key) => anchors[kind].get(kind === 'message' ? keyOf(key) : key),
    link,
    /** Returns a link to a message. Of several messages with one label each has its title, too. */
    message(name) {
      const { channel, message } = all.find((one) => keyOf(one.message.name) === keyOf(name));
      const isAlone = labelCounts.get(message.labels[0]).length === 1;
      const text = link(anchors.message.get(keyOf(name)), code(message.labels[0]));
      return isAlone ? text : markup`${text} (${message.title ?? channel.title})`;
    },
    channel(name) {
      return link(anchors.channel.get(name), channels.find((one) => one.name === name).title);
    },
    /** Returns a reason; one that has a meaning is a link to it. */
    reason: (value) => (anchors.reason.has(value) ? link(anchors.reason.get(value), code(value)) : code(value)),
    /** Returns a description, with links from the names of messages and reasons in it. */
    text: (html) =>
      trusted(
        html.replaceAll(NAME_OR_MARKUP, (found) =>
          named.has(found) ? String(link(named.get(found), code(found))) : found,
        ),
      ),
    operation: (id) => link(anchors.operation.get(id), code(id)),
    timed: (one) => link(anchors.timed.get(one), one.title),
  };
}

/** Returns a link of a heading to itself, for people who want to send it to others. */
export const permalink = (id, what) =>
  markup`<a class="permalink" href="#${encodeURIComponent(id)}" aria-label="Link to ${what}">#</a>`;
