import { fieldTable } from './fields.js';
import { permalink } from './links.js';
import { code, joined, markup } from './markup.js';
import { messageSection } from './message.js';

/** What the reader of the page does: the reverse of what the service does. */
export const YOU = { receive: 'You send', send: 'You read', both: 'You send or read' };

/** Generates a channel with its messages. */
export function channelSection(channel, context) {
  const { name, title, html, direction, headers, messages } = channel;
  const { links } = context;
  const id = links.idOf('channel', name);
  return markup`<section class="channel" data-find="channel" aria-labelledby="${id}">
<div class="head">
<h3 id="${id}">${title} <span class="pill ${direction}">${YOU[direction]}</span> ${permalink(id, title)}</h3>
<div class="text">${links.text(html)}</div>
</div>
<dl class="facts extra">
${facts(channel, context).map(
  ([term, text]) => markup`<div><dt>${term}</dt><dd>${text}</dd></div>
`,
)}</dl>
${
  headers !== undefined &&
  headers.length > 0 &&
  markup`<details class="headers">
<summary>Headers <span>${headers.length}, the same for each message of this channel</span></summary>
${fieldTable('Headers', headers, 'header', links)}
</details>`
}
${messages.map((message) => messageSection(message, channel, context))}</section>
`;
}

function facts(
  { name, direction, env, address, partitions, config, apart, key, tags, skipsOthers, messages },
  context,
) {
  const { title, operations, links } = context;
  const own = operations.filter(({ channel }) => channel === name);
  const groups = own.flatMap(({ group }) => group ?? []).map(groupOf);
  const service = [title, groups.length > 0 && [', as the consumer group ', ...joined(groups, ' or ')]];
  const others = (verb) => markup`Other services: you ${verb} it`;
  const settings = Object.entries(config);
  return [
    ['Topic', topic(address, env)],
    ['Sender', direction === 'receive' ? others('send') : direction === 'send' ? title : markup`${title} or others`],
    ['Reader', direction === 'send' ? others('read') : direction === 'receive' ? service : [...service, ' or others']],
    ['Key', keyText(key)],
    partitions !== undefined && ['Partitions', partitions],
    settings.length > 0 && ['Settings', joined(settings.map(setting))],
    messages.length > 1 && ['Message types', distinction(apart)],
    direction === 'receive' && apart.by === 'field' && ['Other types', skipsOthers ? 'are skipped' : 'are invalid'],
    own.length > 0 && [own.length === 1 ? 'Operation' : 'Operations', joined(own.map(({ id }) => links.operation(id)))],
    tags.length > 0 && [
      'Tags',
      joined(
        tags.map(({ name: tag }) => markup`<span class="tag">${tag}</span>`),
        ' ',
      ),
    ],
  ].filter(Boolean);
}

export const groupOf = ({ name, env }) =>
  markup`${name === undefined ? 'that its operation describes' : code(name)}${env !== undefined && markup` (variable ${code(env)})`}`;

export function topic(address, env) {
  const known = address === undefined ? 'known only at run time' : code(address);
  return env === undefined
    ? known
    : markup`${known}, unless the variable ${code(env)} of the service names another one`;
}

const ENCODINGS = {
  'uint32le-padded': '8 bytes: a little-endian uint32, then four zero bytes',
  text: 'text',
  bytes: 'bytes',
};

function keyText(key) {
  if (key === undefined) return 'none';
  const field = key.field === undefined ? '' : markup`${code(key.field)} as `;
  return markup`${field}${ENCODINGS[key.encoding]}`;
}

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Returns a setting of the topic; long durations in days or hours, too. */
function setting([name, value]) {
  const [unit, size] = Number(value) % DAY === 0 ? ['day', DAY] : ['hour', HOUR];
  const count = Number(value) / size;
  const isDuration = name.endsWith('.ms') && Number.isInteger(count) && count > 0;
  return markup`${code(`${name}=${value}`)}${isDuration && ` (${count} ${unit}${count === 1 ? '' : 's'})`}`;
}

function distinction({ by, name }) {
  if (by === 'trial') return 'distinguished only by their fields';
  return by === 'nothing' ? 'not distinguished' : markup`distinguished by the ${by} ${code(name)}`;
}
