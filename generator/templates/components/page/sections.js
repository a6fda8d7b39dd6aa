import { channelSection, groupOf } from './channel.js';
import { permalink } from './links.js';
import { code, joined, markup } from './markup.js';
import { replyList } from './message.js';

/** Returns the sections of the page that have content: their anchors, titles, entries for the navigation, and contents. */
export function sectionsOf(page, context) {
  const { links } = context;
  const { channels, timed, reasons, operations, servers } = page;
  const ofChannels = (direction, title) => {
    const own = channels.filter((channel) => channel.direction === direction);
    return {
      ...{ id: direction, title },
      entries: own.map((channel) => ({
        id: links.idOf('channel', channel.name),
        text: channel.title,
        entries: channel.messages.map(({ name, labels }) => ({
          id: links.idOf('message', name),
          text: code(labels[0]),
        })),
      })),
      content: own.map((channel) => channelSection(channel, context)),
    };
  };
  const listed = (id, title, kind, list, entryOf, section) => ({
    ...{ id, title },
    entries: list.map((one) => ({ id: links.idOf(kind, entryOf(one).key), text: entryOf(one).text })),
    content: list.map((one) => section(one, context)),
  });
  return [
    ofChannels('receive', 'Channels that you send to'),
    ofChannels('send', 'Channels that you read'),
    ofChannels('both', 'Channels for both directions'),
    listed('timed', 'As time passes', 'timed', timed, (one) => ({ key: one, text: one.title }), timedSection),
    {
      ...listed(
        'reasons',
        'Rejection reasons',
        'reason',
        reasons,
        ({ value }) => ({ key: value, text: code(value) }),
        reasonRow,
      ),
      wrap: (rows) => markup`<table class="reasons">
<thead><tr><th scope="col">Reason</th><th scope="col">Meaning</th><th scope="col">Messages</th></tr></thead>
<tbody>
${rows}</tbody>
</table>`,
    },
    listed(
      'operations',
      'Operations',
      'operation',
      operations,
      ({ id, title }) => ({ key: id, text: title ?? id }),
      operationSection,
    ),
    listed(
      'servers',
      'Servers',
      'server',
      servers,
      ({ name, title }) => ({ key: name, text: title ?? name }),
      serverSection,
    ),
  ].filter(({ content }) => content.length > 0);
}

/** Generates a section of the page. */
export const section = ({
  id,
  title,
  content,
  wrap = (all) => all,
}) => markup`<section class="section" data-find="section" aria-labelledby="${id}">
<h2 id="${id}">${title} ${permalink(id, title)}</h2>
${wrap(content)}</section>
`;

function timedSection(timed, { links }) {
  const id = links.idOf('timed', timed);
  return markup`<section class="entry" data-find="timer" aria-labelledby="${id}">
<h3 id="${id}">${timed.title} ${permalink(id, timed.title)}</h3>
<div class="text">${links.text(timed.html)}</div>
<div class="box"><h4>What it causes</h4>
${replyList(timed.replies, links)}</div>
</section>
`;
}

const reasonRow = (
  { value, html, refused },
  { links },
) => markup`<tr data-find="reason"><th scope="row" id="${links.idOf('reason', value)}">${code(value)}</th><td>${links.text(html)}</td><td>${joined(refused.map(links.message))}</td></tr>
`;

function operationSection(
  { id, title, html, action, channel, messages, group, replies, unhandled },
  { links, title: service },
) {
  const anchor = links.idOf('operation', id);
  const names = (list) => joined(list.map(links.message));
  const facts = [
    ['In words', markup`${service} ${action === 'send' ? 'sends' : 'reads'} ${links.channel(channel)}`],
    ['Messages', names(messages)],
    group !== undefined && ['Consumer group', [groupOf(group), '. ', links.text(group.html.replaceAll(/<\/?p>/g, ''))]],
    replies.length > 0 && ['Reply', names(replies)],
    unhandled.length > 0 && ['Not handled', markup`becomes ${names(unhandled)}`],
  ].filter(Boolean);
  return markup`<section class="entry" data-find="operation" aria-labelledby="${anchor}">
<h3 id="${anchor}">${title ?? code(id)} ${title !== undefined && markup`<span class="title">${code(id)}</span>`} ${permalink(anchor, title ?? id)}</h3>
<div class="text">${links.text(html)}</div>
<dl class="facts">
${facts.map(
  ([term, text]) => markup`<div><dt>${term}</dt><dd>${text}</dd></div>
`,
)}</dl>
</section>
`;
}

function serverSection({ name, title, html, host, protocol, env, variables, security }, { links }) {
  const id = links.idOf('server', name);
  const list = (entries) =>
    markup`<dl class="values">${entries.map(([term, text]) => markup`<div><dt>${term}</dt><dd>${text}</dd></div>`)}</dl>`;
  const facts = [
    ['Address', markup`${code(host)}${env !== undefined && markup`, from the variable ${code(env)}`}`],
    ['Protocol', code(protocol)],
    variables.length > 0 && [
      'Variables',
      list(
        variables.map((one) => [
          code(one.name),
          [links.text(one.html), one.fallback !== undefined && markup`<p>Default ${code(one.fallback)}.</p>`],
        ]),
      ),
    ],
    security.length > 0 && [
      'Authentication',
      list(security.map(({ type, html: text }) => [code(type), links.text(text)])),
    ],
  ].filter(Boolean);
  return markup`<section class="entry" data-find="server" aria-labelledby="${id}">
<h3 id="${id}">${title ?? name} ${permalink(id, title ?? name)}</h3>
<div class="text">${links.text(html)}</div>
<dl class="facts">
${facts.map(
  ([term, text]) => markup`<div><dt>${term}</dt><dd>${text}</dd></div>
`,
)}</dl>
</section>
`;
}
