import { exampleList } from './examples.js';
import { fieldTable } from './fields.js';
import { permalink } from './links.js';
import { code, joined, markup } from './markup.js';

/** Generates a message: what it means, what follows, its fields, and examples. */
export function messageSection(message, channel, context) {
  const { name, labels, title, html, correlation, fields, headers, examples } = message;
  const { links } = context;
  const id = links.idOf('message', name);
  return markup`<section class="message" data-find="message" aria-labelledby="${id}">
<div class="head">
<h4 id="${id}">${joined(labels.map(code), ' ')}${title !== undefined && markup` <span class="title">${title}</span>`} ${permalink(id, labels[0])}</h4>
<div class="text">${links.text(html)}</div>
</div>
<div class="extra">
${correlation !== undefined && markup`<p class="note">Correlation id: ${code(correlation.location.replace('$message.', '').replace('#/', '/'))}. ${links.text(inline(correlation.html))}</p>`}
${relations(message, context)}
</div>
${channel.format !== 'json' && markup`<p class="note">The value of a record is ${channel.format}.</p>`}
${fieldTable('Fields', fields, 'field', links)}
${headers !== undefined && fieldTable('Headers', headers, 'header', links)}
<div class="extra">
${exampleList(examples)}</div>
</section>
`;
}

/** Returns a description that is one paragraph without the paragraph. */
const inline = (html) => html.replace(/^<p>([^]*)<\/p>\s*$/, '$1');

function relations({ name, effects, title, labels }, { causes, links }) {
  const { replies, reasons } = effects;
  const { messages, timed } = causes.of(name);
  const answers = causes.repliesTo(name);
  const refused = causes.refusedBy(name);
  const unhandled = causes.unhandled(name);
  const unhandledBy = causes.unhandledBy(name);
  const names = (list) => joined(list.map(links.message));
  const boxes = [
    replies !== undefined && box('What it causes', replyList(replies, links)),
    reasons.length > 0 &&
      box(
        'Rejections',
        markup`<p>${answers.length > 0 && markup`Then ${names(answers)} is the answer. `}${reasons.length > 1 && 'The first reason that applies counts:'}</p>
<ol>${reasons.map((reason) => markup`<li>${links.reason(reason)} <span>${links.text(inline(links.meaning(reason)))}</span></li>`)}</ol>`,
      ),
    reasons.length === 0 && answers.length > 0 && box('Reply', markup`<p>${names(answers)}</p>`),
    messages.length + timed.length > 0 &&
      box(
        'What causes it',
        markup`<ul>${[...messages.map(links.message), ...timed.map(links.timed)].map((one) => markup`<li>${one}</li>`)}</ul>`,
      ),
    refused.length > 0 &&
      box('What it answers', markup`<ul>${refused.map((one) => markup`<li>${links.message(one)}</li>`)}</ul>`),
    unhandledBy.length > 0 &&
      box(
        'Where it comes from',
        markup`<p>From records that these operations cannot handle:</p><ul>${unhandledBy.map(({ id }) => markup`<li>${links.operation(id)}</li>`)}</ul>`,
      ),
  ].filter(Boolean);
  return [
    boxes.length > 0 &&
      markup`<div class="boxes" aria-label="Relations of ${title ?? labels[0]}" role="group">${boxes}</div>`,
    unhandled.length > 0 && markup`<p class="note">A record that cannot be handled becomes ${names(unhandled)}.</p>`,
  ];
}

const box = (title, content) => markup`<div class="box"><h5>${title}</h5>
${content}</div>
`;

/** Generates the messages that follow, in their order. */
export function replyList(replies, links) {
  if (replies.length === 0) return markup`<p>No message.</p>`;
  const lines = replies.map(
    ({ message, of, when, many }) =>
      markup`<li>${links.message(message)}${of !== undefined && markup` of ${of}`}${many && ' (any number)'}${when !== undefined && markup`, <em>${when}</em>`}</li>`,
  );
  return replies.length === 1 ? markup`<ul>${lines}</ul>` : markup`<p>In this order:</p><ol>${lines}</ol>`;
}
