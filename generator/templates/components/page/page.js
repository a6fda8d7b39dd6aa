import { linksOf } from './links.js';
import { markup, trusted } from './markup.js';
import { overview } from './overview.js';
import { causesOf } from './relations.js';
import { section, sectionsOf } from './sections.js';

/** Generates the document as a page for people. It needs no other file, and can be read without its script. */
export function page(contract) {
  const { title, version, page: content } = contract;
  const meanings = new Map(content.reasons.map(({ value, html }) => [value, html]));
  const links = { ...linksOf(content), meaning: (reason) => meanings.get(reason) ?? '' };
  const context = { title, links, causes: causesOf(content), operations: content.operations };
  const sections = sectionsOf(content, context);
  const entries = [{ id: 'overview', title: 'Overview', entries: [] }, ...sections];
  return String(markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} ${version}: the contract</title>
<style>
${trusted(content.style)}</style>
<script>
${trusted(content.script)}</script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<div class="side">
<header>
<p class="brand"><a href="#overview">${title}</a> <span>${version}</span></p>
<button id="menu" type="button" aria-expanded="false" aria-controls="navigation" hidden>Menu</button>
<div class="search" role="search" hidden>
<label for="search">Search messages, fields and reasons</label>
<input id="search" type="search" placeholder="Search" autocomplete="off" spellcheck="false" aria-describedby="results">
<kbd aria-hidden="true">/</kbd>
</div>
</header>
<nav id="navigation" aria-label="Contents">
<ul>
${entries.map(
  (one) => markup`<li>${links.link(one.id, one.title)}${list(one.entries, links)}</li>
`,
)}</ul>
</nav>
</div>
<main id="content" tabindex="-1">
<p id="results" role="status"></p>
${overview(contract, context)}
${sections.map(section)}</main>
<p id="status" role="status"></p>
</body>
</html>
`);
}

const list = (entries, links) =>
  entries.length > 0 &&
  markup`
<ul>${entries.map(({ id, text, entries: inner = [] }) => markup`<li>${links.link(id, text)}${list(inner, links)}</li>`)}</ul>`;
