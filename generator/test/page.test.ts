/** The page of documents/workshop.yaml, and what every page must have whatever its document is. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { contractOf } from '../src/contract.ts';
import { loadDocument } from '../src/document.ts';
import { pageOf } from '../src/page/page.ts';
import type { FieldRow } from '../src/page/fields.ts';
import type { Page } from '../src/page/page.ts';
import type { Role } from '../src/shape.ts';
import { PACKAGE } from './command.ts';

const DOCUMENTS = join(PACKAGE, 'test/documents');
const TEMPLATE = new URL('../templates/components/page/page.js', import.meta.url);

interface Rendered {
  readonly page: Page;
  readonly html: string;
}

/** Makes the page of a document without the code. */
async function rendered(path: string, role: Role = 'service'): Promise<Rendered> {
  const document = await loadDocument(await readFile(path, 'utf8'), path);
  const { contract } = contractOf(document, path, role);
  const page = await pageOf(document, contract);
  const template = (await import(TEMPLATE.href)) as { readonly page: (contract: object) => string };
  return { page, html: template.page({ ...contract, page }) };
}

const documents = (await readdir(DOCUMENTS)).map((name) => join(DOCUMENTS, name));

describe.each([...documents, join(PACKAGE, 'test/other.asyncapi.yaml')])('the page of %s', (path) => {
  let html: string;
  beforeAll(async () => {
    ({ html } = await rendered(path));
  });

  it('has an anchor for each of its links, and each anchor once', () => {
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id ?? '');
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => /[\s"<>]|^$/.test(id))).toEqual([]);
    const targets = [...html.matchAll(/ href="#([^"]*)"/g)].map(([, target]) => decodeURIComponent(target ?? ''));
    expect(targets.length).toBeGreaterThan(3);
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
    const referred = [...html.matchAll(/ (?:aria-\w+by|aria-controls|for)="([^"]*)"/g)].map(([, id]) => id ?? '');
    expect(referred.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('has one main heading, and none that skips a level', () => {
    const levels = [...html.matchAll(/<h([1-6])\b/g)].map(([, level]) => Number(level));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels[0]).toBe(1);
    for (const [index, level] of levels.entries()) expect(level).toBeLessThanOrEqual((levels[index - 1] ?? 0) + 1);
  });

  it('closes what it opens', () => {
    expect(openElements(html)).toEqual([]);
  });

  it('loads nothing, and has no markup or script of its document', () => {
    const markup = html.replace(/<style>[^]*?<\/style>/, '').replace(/<script>[^]*?<\/script>/, '');
    expect(markup).not.toMatch(/<(?:script|style|img|iframe|link|object|embed|form)\b/i);
    expect(markup).not.toMatch(/\s(?:on\w+|style|src)=["']|javascript:[^<]*"/i);
    expect(markup).not.toMatch(/undefined|\[object|NaN|function/);
  });
});

/** Returns the elements that are not closed, or closed in another order. */
function openElements(html: string): string[] {
  const open: string[] = [];
  const body = html.replaceAll(/<(style|script)>[^]*?<\/\1>/g, '');
  for (const [, end = '', name = ''] of body.matchAll(/<(\/?)([a-z][a-z\d]*)\b[^>]*>/g)) {
    if (['meta', 'input', 'br', 'hr'].includes(name)) continue;
    if (end === '') open.push(name);
    else if (open.pop() !== name) return [...open, `/${name}`];
  }
  return open;
}

it('finds elements that are not closed', () => {
  expect(openElements('<p><b>x</b>')).toEqual(['p']);
  expect(openElements('<p><b>x</p></b>')).toEqual(['p', '/p']);
});

describe('the page of the workshop', () => {
  let workshop: Rendered;
  beforeAll(async () => {
    workshop = await rendered(join(DOCUMENTS, 'workshop.yaml'));
  });
  const messageOf = (name: string) =>
    workshop.page.channels.flatMap(({ messages }) => messages).find((one) => one.name.message === name)!;
  const sectionOf = (id: string) => {
    const start = workshop.html.indexOf(`aria-labelledby="${id}"`);
    const end = workshop.html.indexOf('<section', start);
    expect(start).toBeGreaterThan(0);
    return workshop.html.slice(start, end < 0 ? undefined : end);
  };

  it('lists fields below lists, maps, alternatives and parts, with their bounds', () => {
    const inWords = ({ parents, name, only, form, required, nullable, sameAs, values }: FieldRow) =>
      [
        `${parents}${name}${only.map((one) => ` (${one})`).join('')}: ${sameAs === undefined ? form : `like ${sameAs}`}`,
        ...values.map(({ value }) => `= ${value}`),
        ...(nullable ? ['or null'] : []),
        ...(required === undefined ? [] : [required ? 'required' : 'optional']),
      ].join(' ');
    expect(messageOf('Repair "now"').fields.map(inWords)).toEqual([
      'kind: string = repair required',
      'bicycle: integer, 0 to 4294967295 required',
      'parts: list, 1 to 9 elements required',
      'parts[]: object',
      'parts[].name: string, 1 to 30 characters required',
      'parts[].maker: object required',
      'parts[].maker.country: string optional',
      'wheel: one of several forms optional',
      'wheel.spokes (Spoked): integer, above 0, a multiple of 2 required',
      'wheel.material (Disc): object required',
      'wheel.material.name (Disc): string = steel = carbon or null optional',
      'wheel (string): string optional',
      'price: number, at least 0 or null optional',
      'labels: map, at least 1 field optional',
      'labels.*: object',
      'labels.*.text: string required',
      'sizes: object optional',
      'sizes./^size_/: list',
      'sizes./^size_/[]: integer',
      'pair: list optional',
      'pair[0]: string',
      'pair[1]: object',
      'pair[1].second: boolean optional',
      'inside: object optional',
      'inside.label: string optional',
      'inside.inside: like inside optional',
      'both: object optional',
      'both.front: string, at most 5 characters required',
      'both.rear: string optional',
    ]);
  });

  it('links a message to what it causes, to its rejections, and to what becomes of faulty records', () => {
    const section = sectionOf('message-Repair-now-');
    expect(section).toContain(
      '<a href="#message-Repaired"><code>REPAIRED</code></a> of each part, the &lt;first&gt; first (any number), <em>if it can be repaired</em>',
    );
    expect(section).toContain('<a href="#message-Refused"><code>Refused</code></a> is the answer');
    expect(section).toMatch(/<a href="#reason-TOO_OLD"><code>TOO_OLD<\/code><\/a> <span>Older than/);
    expect(section).toContain('<a href="#reason-NO-PARTS-b-"><code>NO &quot;PARTS&quot; &lt;b&gt;</code></a>');
    expect(section).toContain('becomes <a href="#message-Lost">');
    expect(sectionOf('message-Ask')).toContain('<p>No message.</p>');
  });

  it('links an event to its causes, a rejection to what it answers, and a reason to its messages', () => {
    const repaired = sectionOf('message-Repaired');
    expect(repaired).toContain('<li><a href="#message-Repair-now-"><code>repair</code></a></li>');
    expect(repaired).toContain('<li><a href="#timed-Closing-time">Closing time</a></li>');
    expect(sectionOf('timed-Closing-time')).toContain('<em>if there is &lt;time&gt;</em>');
    expect(sectionOf('message-Refused')).toContain('<li><a href="#message-Repair-now-">');
    expect(sectionOf('message-Lost')).toContain('<a href="#operation-onOrder">');
    const [, reason = ''] = /id="reason-TOO_OLD"([^]*?)<\/tr>/.exec(workshop.html) ?? [];
    expect(reason).toContain('Older than &lt;50&gt; years; see <a href="#message-Repaired">');
    expect(reason).toContain('<td><a href="#message-Repair-now-">');
    // No message is refused for it.
    expect(workshop.html).not.toContain('reason-UNUSED');
  });

  it('shows who sends and reads, the topic, the key and its bytes, and headers as they are on the wire', () => {
    const section = sectionOf('channel-orders');
    for (const text of [
      'You send',
      'the consumer group <code>workshop</code> (variable <code>GROUP</code>)',
      '<code>orders</code>, unless the variable <code>ORDERS</code>',
      '<code>bicycle</code> as 8 bytes: a little-endian uint32, then four zero bytes',
      '<code>retention.ms=172800000</code> (2 days)',
      'distinguished by the field <code>kind</code>',
      'are skipped',
      'front &lt;desk&gt;',
    ])
      expect(section).toContain(text);
    expect(sectionOf('channel-work')).toContain('You read');
    const { headers, examples } = messageOf('Repair "now"');
    expect(headers?.map(({ name, form }) => [name, form])).toEqual([
      ['order', 'text, at most 20 characters'],
      ['year', '2 bytes: a big-endian uint16, 0 to 65535'],
      ['tools', 'JSON'],
      ['[]', 'string'],
    ]);
    expect(examples[0]).toMatchObject({
      key: { from: 'bicycle 258', text: '02 01 00 00 00 00 00 00', isBytes: true },
      headers: 'order: o-</script>\nyear: 07 c3 (bytes of 1987)\ntools: ["pump"]',
    });
    expect(workshop.html).toContain('&quot;name&quot;: &quot;&lt;/pre&gt;&lt;b&gt;x&quot;');
  });

  it('shows version, license, contact and servers, and links to pages only', () => {
    expect(workshop.html).toContain('Version <b>2.1 &quot;beta&quot; &lt;b&gt;</b>');
    expect(workshop.html).toContain('License &lt;i&gt;free&lt;/i&gt;');
    expect(workshop.html).toContain('<a href="https://example.org/desk">Front desk</a>');
    expect(workshop.html).toContain('a script and a picture.');
    expect(workshop.html).toContain('<p><strong>A heading of the description</strong></p>');
    expect(sectionOf('server-main')).toContain('Default <code>local&quot;host</code>');
  });

  it('is the same for the clients of the service', async () => {
    const client = await rendered(join(DOCUMENTS, 'workshop.yaml'), 'client');
    expect(client.html).toBe(workshop.html);
  });
});

it('ignores extensions of other forms', async () => {
  const path = join(DOCUMENTS, 'other-forms.yaml');
  const text = `asyncapi: 3.0.0
info: { title: Other, version: 1.0.0 }
channels:
  a:
    messages:
      A: { payload: { type: object, properties: { x: true, y: false } }, x-replies: yes, x-rejections: [1, { a: b }] }
      B: { payload: { type: array }, x-replies: [1, null, {}, { message: {} }], x-rejections: LATE }
operations: { a: { action: send, channel: { $ref: '#/channels/a' }, x-timed: [3, { title: 4 }], x-dead-letter: [] } }
`;
  const document = await loadDocument(text, path);
  const { contract } = contractOf(document, path, 'service');
  const { channels, timed, operations } = await pageOf(document, contract);
  expect(channels[0]?.messages.map(({ effects }) => effects)).toEqual([
    { replies: undefined, reasons: [] },
    { replies: [], reasons: [] },
  ]);
  expect(channels[0]?.messages[0]?.fields.map(({ name, form }) => [name, form])).toEqual([['x', 'any value']]);
  expect(timed).toEqual([{ title: 'a 1', html: '', operation: 'a', replies: [] }]);
  expect(operations[0]?.unhandled).toEqual([]);
});
