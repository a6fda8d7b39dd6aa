import { topic, YOU } from './channel.js';
import { code, joined, markup } from './markup.js';

/** Generates the top of the page: what the document is about, and its channels. */
export function overview({ title, version, source, page }, { links }) {
  const { html, license, contact, channels } = page;
  const { lead = '', rest = html } = /^(?<lead><p>[^]*?<\/p>)(?<rest>[^]*)$/.exec(html.trim())?.groups ?? {};
  const parts = [
    markup`Version <b>${version}</b>`,
    license?.name !== undefined && markup`License ${linked(license.name, license.url)}`,
    contact?.name !== undefined && markup`Contact ${linked(contact.name, contact.url)}`,
    contact?.email !== undefined && linked(contact.email, `mailto:${contact.email}`),
    markup`Generated from ${code(source)}`,
  ].filter(Boolean);
  return markup`<div class="intro">
<h1 id="overview">${title}</h1>
<p class="meta">${joined(
    parts.map((part) => markup`<span>${part}</span>`),
    ' ',
  )}</p>
<div class="text lead">${links.text(lead)}</div>
<table class="glance">
<caption>Channels at a glance</caption>
<thead><tr><th scope="col">Channel</th><th scope="col">Direction</th><th scope="col">Topic</th><th scope="col">Messages</th></tr></thead>
<tbody>
${channels.map(
  ({
    name,
    direction,
    address,
    env,
    messages,
  }) => markup`<tr><th scope="row">${links.channel(name)}</th><td><span class="pill ${direction}">${YOU[direction]}</span></td><td>${env === undefined ? topic(address) : code(env)}</td><td>${messages.length}<span class="unit"> message${messages.length !== 1 && 's'}</span></td></tr>
`,
)}</tbody>
</table>
${rest !== '' && markup`<div class="text">${links.text(rest)}</div>`}
</div>`;
}

/** Returns a link to a page or a mail address, and only to these. */
const linked = (text, url) => (/^(?:https?:|mailto:)/i.test(url ?? '') ? markup`<a href="${url}">${text}</a>` : text);
