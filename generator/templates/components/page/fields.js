import { code, joined, markup } from './markup.js';

/** Generates a table with a row for each field. */
export function fieldTable(caption, rows, kind, links) {
  if (rows.length === 0) return '';
  return markup`<table class="fields">
<caption>${caption}</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${rows.map((row) => fieldRow(row, kind, links))}</tbody>
</table>`;
}

function fieldRow(row, kind, links) {
  const { parents, name, only, required, deprecated } = row;
  const marks = [
    required === true && markup`<span class="mark required">required</span>`,
    required === false && markup`<span class="mark">optional</span>`,
    deprecated && markup`<span class="mark">deprecated</span>`,
    only.length > 0 && markup`<span class="mark">only ${joined(only.map(code), ' in ')}</span>`,
  ].filter(Boolean);
  const shown = name === '' ? '(value)' : name;
  return markup`<tr data-find="${kind}"><th scope="row"><code>${parents !== '' && markup`<span class="path">${parents}</span>`}${shown}</code>${joined(marks, ' ')}</th><td>${typeOf(row)}</td><td>${meaningOf(row, links)}</td></tr>
`;
}

function typeOf({ form, nullable, pattern, fallback, sameAs }) {
  return [
    sameAs === undefined ? form : markup`like ${code(sameAs)}`,
    nullable && ' or null',
    pattern !== undefined && markup`<small>pattern ${code(pattern)}</small>`,
    fallback !== undefined && markup`<small>default ${code(fallback)}</small>`,
  ];
}

function meaningOf({ html, values, alternatives }, links) {
  const [only] = values;
  const hasMeanings = values.some((value) => value.html !== '');
  return [
    links.text(html),
    values.length === 1 && !hasMeanings && markup`<p>Always ${code(only.value)}.</p>`,
    values.length > 1 && !hasMeanings && markup`<p>One of ${joined(values.map(({ value }) => code(value)))}.</p>`,
    hasMeanings && meanings(values, links.reason, links),
    alternatives.length > 0 && meanings(alternatives, code, links),
  ];
}

const meanings = (list, nameOf, links) =>
  markup`<dl class="values">${list.map(({ value, html }) => markup`<div><dt>${nameOf(value)}</dt><dd>${links.text(html)}</dd></div>`)}</dl>`;
