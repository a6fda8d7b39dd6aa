/** Generates the contract as a page without scripts: every message with its fields and examples. */

const escape = (text) =>
  String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h2 { margin-top: 3rem; border-bottom: 2px solid } h3 { margin-bottom: .3rem }
table { border-collapse: collapse; margin: .5rem 0 } td, th { text-align: left; vertical-align: top; padding: .15rem .8rem .15rem 0 }
td p { display: inline } h3 code { background: none }
code, pre { font: 14px/1.4 ui-monospace, monospace; background: #f4f4f4 } pre { padding: .6rem; overflow-x: auto }
small { color: #666 } nav li { margin: .1rem 0 }
@media (prefers-color-scheme: dark) { body { background: #1b1b1b; color: #ddd } code, pre { background: #2a2a2a } small { color: #999 } }`;

export function page({ title, html, channels }) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}: the contract</title>
<style>${STYLE}</style>
<h1>${escape(title)}: the contract</h1>
${html}
<nav><ul>
${channels.map(menu).join('\n')}
</ul></nav>
${channels.map(section).join('\n')}
</html>`;
}

const VERBS = { receive: 'read', send: 'sent', both: 'read and sent' };
const label = (message) => message.types[0] ?? message.component;
const anchor = (channel, message) => encodeURIComponent(`${channel.name}-${label(message)}`);

const menu = (
  channel,
) => `<li><a href="#${channel.name}">${escape(channel.title)}</a> <small>${VERBS[channel.direction]}</small>:
${channel.messages.map((message) => `<a href="#${anchor(channel, message)}"><code>${escape(label(message))}</code></a>`).join(', ')}</li>`;

function section(channel) {
  const { name, title, direction, env, address, partitions, headers, recordKey } = channel;
  return `<h2 id="${name}">${escape(title)}</h2>
${channel.html}
<table>
<tr><th>Topic<td>${address === undefined ? 'known only at run time' : `<code>${escape(address)}</code>`}${env === undefined ? '' : `, or the value of <code>${escape(env)}</code>`}; ${VERBS[direction]} here
${partitions === undefined ? '' : `<tr><th>Partitions<td>${partitions}\n`}<tr><th>Key<td>${keyText(recordKey)}
${headers.map(headerRow).join('\n')}
</table>
${channel.messages.map((message) => entry(channel, message)).join('\n')}`;
}

function keyText(recordKey) {
  if (recordKey === undefined) return 'none';
  const { field, encoding } = recordKey;
  return `${field === undefined ? '' : `<code>${escape(field)}</code> `}<small>${escape(encoding)}</small>`;
}

const headerRow = ({ name, html, encoding, required, meanings }) =>
  `<tr><th><code>${escape(name)}</code><td>${html} <small>header${encoding === 'text' ? '' : `, ${escape(encoding)}`}${required ? '' : ', may be absent'}</small>${meaningsOf(meanings)}`;

/** Returns a line per value of an enum. */
const meaningsOf = (meanings = {}) =>
  Object.entries(meanings)
    .map(([value, text]) => `<br><code>${escape(value)}</code> ${escape(text)}`)
    .join('');

function entry(channel, message) {
  const { payload, examples } = message;
  return `<h3 id="${anchor(channel, message)}"><code>${escape(label(message))}</code></h3>
${message.html}
${channel.format === 'json' ? `<table>${fields(payload, '', [], { rows: MAX_ROWS }).join('\n')}</table>` : ''}
${examples.map(({ summary = '', payload: value }) => `<small>${escape(summary)}</small><pre>${escape(typeof value === 'string' ? value : JSON.stringify(value))}</pre>`).join('\n')}`;
}

/** Schemas that refer to each other have paths without end. */
const MAX_ROWS = 500;

/** Returns a row per field, those of inner objects with their path. A schema within itself is not repeated. */
function fields(schema, path, outer, left) {
  if (outer.includes(schema) || left.rows <= 0) return [];
  const parts = (schema.allOf ?? []).flatMap((part) => fields(part, path, [...outer, schema], left));
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    left.rows -= 1;
    const required = schema.required?.includes(name) === true;
    const notes = [form(field), required ? '' : 'may be absent'].filter((note) => note).join(', ');
    const row = `<tr><th><code>${escape(path + name)}</code><td>${escape(field.description ?? '')} <small>${escape(notes)}</small>${meaningsOf(field['x-meanings'])}`;
    return [row, ...fields(field, `${path}${name}.`, [...outer, schema], left)];
  });
  return [...parts, ...own];
}

function form({ const: fixed, type, enum: values, 'x-meanings': meanings, minimum, maximum, format }) {
  if (fixed !== undefined) return JSON.stringify(fixed);
  if (values !== undefined && meanings === undefined) return values.map(String).join(' | ');
  const range = minimum === undefined ? '' : ` ${minimum} to ${maximum ?? 'any'}`;
  return `${[type ?? 'any value'].flat().join(' or ')}${range}${format === undefined ? '' : ` (${format})`}`;
}
