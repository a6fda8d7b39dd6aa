/** `asyncapi-kafka diff`: what it prints, and how it ends. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { marked } from 'marked';
import type { Tokens } from 'marked';
import { gate } from '../../src/diff/gate.ts';
import type { Team } from '../../src/diff/readers.ts';
import { waived, waiversIn } from '../../src/diff/waivers.ts';
import { stepOf } from '../../src/diff/version.ts';
import { command, program, withFolder } from '../command.ts';
import type { ProgramRun } from '../command.ts';
import { object, oneChannel, oneMessage, service } from './documents.ts';
import type { Json } from './documents.ts';

const version = (document: Json, text: string): Json => ({ ...document, info: { title: 'Depot', version: text } });
const BASE = oneMessage('receive', { payload: object({ size: { type: 'integer', maximum: 9 } }) });
const NARROW = oneMessage('receive', { payload: object({ size: { type: 'integer', maximum: 8 } }) });
const WIDE = oneMessage('receive', { payload: object({ size: { type: 'integer', maximum: 10 } }) });

/** Writes both versions, and compares them. */
async function diff(before: Json, after: Json, ...options: readonly string[]): Promise<ProgramRun> {
  let result: ProgramRun | undefined;
  await withFolder(async (folder) => {
    await writeFile(join(folder, 'old.json'), JSON.stringify(before, null, 2));
    await writeFile(join(folder, 'new.json'), JSON.stringify(after, null, 2));
    await writeFile(join(folder, 'waivers.yaml'), WAIVER);
    result = await command(['diff', 'new.json', '--against', 'old.json', ...options], folder);
  });
  return result!;
}

const WAIVER = `
- rule: range-changed
  pointer: '#/channels/crates/messages/Crate/payload/properties/size/maximum'
  reason: Nobody sends more than 8.
  expires: 2999-12-31
`;

/** The fields of the output, as the page of the gate describes them. */
const PAGE = readFileSync(resolve(import.meta.dirname, '../../../docs/contract-gate.md'), 'utf8');
const FIELDS = [...PAGE.matchAll(/^\| `(\w+)` \| /gm)].map(([, name]) => name);

describe('asyncapi-kafka diff', () => {
  it('prints nothing but JSON with --json, with a witness', async () => {
    const { code, stdout, stderr } = await diff(BASE, NARROW, '--json');
    const result = JSON.parse(stdout) as { verdict: string; bump: string; findings: Json[] };
    const { verdict, bump, findings } = result;
    expect([code, stderr, verdict, bump, findings.length]).toEqual([1, '', 'breaking', 'major', 1]);
    expect(Object.keys(result)).toEqual(FIELDS);
    expect(findings[0]).toEqual({
      rule: 'range-changed',
      verdict: 'breaking',
      file: 'new.json',
      pointer: '#/channels/crates/messages/Crate/payload/properties/size/maximum',
      line: 23,
      direction: 'receive',
      why: expect.stringContaining('/size'),
      remedy: expect.any(String),
      witness: { topic: 'crates', key: null, headers: {}, payload: { id: 0, size: 9 }, outcome: 'is refused (INVALID_PAYLOAD): /size must be <= 8' }, // prettier-ignore
      hits: [],
    });
  });

  it('shows for each finding why its own rule refuses the record, which may break several', async () => {
    const fixed = (size: number, weight: number) => oneMessage('receive', { payload: object({ size: { const: size }, weight: { const: weight } }, ['size', 'weight']) }); // prettier-ignore
    const { stdout } = await diff(fixed(1, 1), fixed(2, 2), '--json');
    const { findings } = JSON.parse(stdout) as { findings: readonly { witness: { outcome: string } | null }[] };
    expect(findings.flatMap(({ witness }) => witness?.outcome ?? [])).toEqual([
      'is refused (INVALID_PAYLOAD): /size must be 2',
      'is refused (INVALID_PAYLOAD): /weight must be 2',
    ]);
  });

  it('prints file, line, rule, record and remedy for people', async () => {
    const { stdout } = await diff(BASE, NARROW);
    expect(stdout).toContain('new.json:23 breaking range-changed\n');
    expect(stdout).toContain('{"id":0,"size":9}');
    expect(stdout).toMatch(/Searched \d+ records of 1 messages \(seed 1\)/);
    expect(stdout).toContain('The change is a major one: 1.0.0 to 1.0.0, and info.version must be 2.0.0 at least.');
  });

  it('prints a table and annotations with all that the text has', async () => {
    const pointer = '#/channels/crates/messages/Crate/payload/properties/size/maximum';
    const all = [`at ${pointer} (received)`, 'Breaks producers: no declared team.', 'This record is refused (INVALID_PAYLOAD): /size must be <= 8:', '  topic crates, key none', '  {"id":0,"size":9}', 'Instead: Received: keep the old range. Sent: keep to the range that readers know.']; // prettier-ignore
    expect((await diff(BASE, NARROW)).stdout).toContain(all.join('\n  '));
    const { stdout: github } = await diff(BASE, NARROW, '--github');
    expect(github).toMatch(/^::error file=new\.json,line=23,title=range-changed::Clients of the old version may send Crate /); // prettier-ignore
    expect(github.split('\n')[0]).toContain(all.join('%0A'));
    const { stdout: markdown } = await diff(BASE, NARROW, '--markdown');
    expect(markdown).toContain(`| breaking | range-changed | new.json:23<br><code>${pointer}</code> (received) | `);
    expect(markdown).toContain(' | Breaks producers: no declared team |\n');
    expect(markdown).toContain("<details><summary>range-changed at new.json:23</summary>\n\nA number is out of the reader's range. The writer may send"); // prettier-ignore
    expect(markdown).toContain(`\n\n\`\`\`text\n${all.slice(2, 5).join('\n')}\n\`\`\`\n\n${all[5]!}\n\n</details>\n`); // prettier-ignore
  });

  it('prints names as they are, whatever they have', async () => {
    const name = 'a|b`<i>*c*\n```\n::error::d';
    const named = (maximum: number) => oneMessage('receive', { payload: object({ [name]: { type: 'integer', maximum } }, [name]) }); // prettier-ignore
    const { stdout: markdown } = await diff(named(9), named(8), '--markdown');
    const tokens = marked.lexer(markdown);
    const [table] = tokens.filter(({ type }) => type === 'table') as Tokens.Table[];
    expect(table?.rows.map((row) => row.length)).toEqual([5]);
    const html = marked.parser(tokens);
    expect(html.match(/<(?:i|em)>|<td>|<\/?details>|<pre>/g)).toEqual([...Array.from({ length: 5 }, () => '<td>'), '<details>', '<pre>', '</details>']); // prettier-ignore
    expect(html).toContain('a&#124;b&#96;&#60;i&#62;&#42;c&#42;&#92;n');
    for (const form of ['--github', '--strict']) {
      const { stdout } = await diff(named(9), named(8), form);
      expect(stdout).toContain('a|b`<i>*c*\\n```\\n::error::d');
      expect(stdout).not.toMatch(/^(?:```|::error::d)/m);
    }
  });

  it.each([
    ['range-changed', "range-changed\n\nA number is out of the reader's range. "],
    ['group-changed', 'group-changed\n\nA consumer group is renamed (received). '],
  ])('--explain %s prints the paragraph of the rule', async (rule, start) => {
    const { code, stdout } = await command(['diff', '--explain', rule]);
    expect([code, stdout.startsWith(start), /\n\nInstead: .+\n$/.test(stdout)]).toEqual([0, true, true]);
  });

  it.each([
    ['the same document', BASE, 0],
    ['a breaking change', NARROW, 1],
    ['a breaking change with a major version', version(NARROW, '2.0.0'), 0],
    ['an addition', WIDE, 1],
    ['an addition with a patch', version(WIDE, '1.0.1'), 1],
    ['an addition with a minor version', version(WIDE, '1.1.0'), 0],
    ['other words', { ...BASE, tags: [] }, 1],
    ['other words with a patch', version({ ...BASE, tags: [] }, '1.0.1'), 0],
    ['an older version', version(BASE, '0.9.0'), 1],
  ] as const)('ends as the version follows: %s', async (_name, after, code) => {
    expect((await diff(BASE, after)).code).toBe(code);
  });

  it.each([
    ['2', 'line 4 (#/info/version) is "2", which is no semantic version; set it to one such as 1.2.3 or 1.2.3-beta.1'],
    ['v1.2.3', 'line 4 (#/info/version) is "v1.2.3", which is no semantic version'],
    ['1.2.03', 'line 4 (#/info/version) is "1.2.03", which is no semantic version'],
    [undefined, 'line 3 (#/info) has no info.version; set it to a version such as 1.2.3'],
  ])('compares also with the version %j in a document, and reports it', async (text, sentence) => {
    const wrong = { asyncapi: '3.0.0', ...NARROW, info: { version: text, title: 'Depot' } };
    const { code, stdout, stderr } = await diff(BASE, wrong);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toContain('breaking range-changed');
    expect(stdout).toContain(`Verdict: breaking. new.json: ${sentence}`);
    expect((await diff(wrong, BASE)).stdout).toContain(`old.json: ${sentence}`);
    expect((await diff(wrong, wrong)).code).toBe(0);
  });

  it('reports a document that changes otherwise where it first differs', async () => {
    const worded = (summary: string) => ({ ...BASE, tags: [{ name: 'a' }, { name: 'b', description: summary }], id: `urn:${summary}` }); // prettier-ignore
    const { stdout } = await diff(worded('x'), version(worded('y'), '1.0.1'), '--json');
    const { verdict, bump, findings } = JSON.parse(stdout) as { verdict: string; bump: string; findings: Json[] };
    expect([verdict, bump, findings.length]).toEqual(['safe', 'patch', 1]);
    const pointer = '#/tags/1/description';
    expect(findings[0]).toMatchObject({ rule: 'document-changed', verdict: 'safe', file: 'new.json', pointer, direction: null, witness: null }); // prettier-ignore
    expect((await diff(BASE, version(BASE, '1.0.1'))).stdout).toMatch(/^0 breaking, 0 that need a look, 0 safe/);
    expect((await diff(BASE, version({ ...WIDE, tags: [] }, '1.1.0'))).stdout).not.toContain('document-changed');
  });

  it.each([
    ['a document that only gets a faulty version', BASE, version(BASE, '2024-01'), 1],
    ['a document that only loses a faulty version', version(BASE, '2024-01'), BASE, 1],
    ['a faulty version that only becomes a text', { ...BASE, info: { title: 'Depot', version: 1.2 } }, version(BASE, '1.2'), 1], // prettier-ignore
    ['a change with a faulty version', version(BASE, '2024-01'), version(WIDE, '2024-01'), 1],
    ['the same document with a faulty version', version(BASE, '2024-01'), version(BASE, '2024-01'), 0],
  ])('without a semantic version allows nothing but the same document: %s', async (_what, before, after, expected) => {
    const { code, stdout } = await diff(before, after, '--json');
    const fault = expect.stringContaining('is no semantic version') as unknown;
    expect([code, JSON.parse(stdout)]).toEqual([expected, expect.objectContaining({ isAllowed: expected === 0, version: expect.objectContaining({ fault }) as unknown })]); // prettier-ignore
  });

  it('asks for a major version or a waiver of what needs a look', async () => {
    const shorter = (days: number): Json => oneChannel('send', { Crate: { payload: object({}) } }, { bindings: { kafka: { topicConfiguration: { 'retention.ms': days * 86_400_000 } } } }); // prettier-ignore
    const { code, stdout } = await diff(shorter(7), version(shorter(6), '1.1.0'));
    expect([code, stdout.includes('May break consumers: no declared team.')]).toEqual([1, true]);
    expect(stdout).toContain('The change may be a major one: 1.0.0 to 1.1.0, and info.version must be 2.0.0 at least, or each finding that needs a look must be waived.'); // prettier-ignore
    const json = JSON.parse((await diff(shorter(7), version(shorter(6), '1.1.0'), '--json')).stdout) as Json;
    expect(json).toMatchObject({ verdict: 'look', bump: 'major', version: { from: '1.0.0', to: '1.1.0', needed: '2.0.0', isEnough: false } }); // prettier-ignore
    expect((await diff(shorter(7), version(shorter(6), '2.0.0'))).code).toBe(0);
  });

  it('takes a waiver, which fails if nothing needs it', async () => {
    const patched = version(NARROW, '1.0.1');
    const { code, stdout } = await diff(BASE, patched, '--waivers', 'waivers.yaml');
    expect([code, stdout.includes('1 waived')]).toEqual([0, true]);
    expect(stdout).toMatch(/^new\.json:23 waived range-changed\n {2}Clients .*\n {2}at #.*\/maximum \(received\)\n {2}Waived until 2999-12-31: Nobody sends more than 8\.\n/); // prettier-ignore
    const markdown = await diff(BASE, patched, '--waivers', 'waivers.yaml', '--markdown');
    expect(markdown.stdout).toMatch(/\| waived \| where \| why \| reason \| until \|\n.*\n\| range-changed \| new\.json:23<br>.* \| Nobody sends more than 8\. \| 2999-12-31 \|\n/); // prettier-ignore
    const github = await diff(BASE, patched, '--waivers', 'waivers.yaml', '--github');
    expect(github.stdout).toMatch(/^::notice file=new\.json,line=23,title=range-changed \(waived\)::.*%0AWaived until 2999-12-31: Nobody/); // prettier-ignore
    const json = JSON.parse((await diff(BASE, patched, '--waivers', 'waivers.yaml', '--json')).stdout) as { waived: Json[] }; // prettier-ignore
    expect(json.waived).toEqual([expect.objectContaining({ rule: 'range-changed', verdict: 'breaking', reason: 'Nobody sends more than 8.', expires: '2999-12-31' })]); // prettier-ignore
    const unused = await diff(BASE, BASE, '--waivers', 'waivers.yaml');
    expect(unused.code).toBe(1);
    expect(unused.stdout).toContain('is unused: remove it');
  });

  it.each([
    [['diff'], 'Name an AsyncAPI document'],
    [['diff', 'a.yaml'], 'Name the older version: --against <file>'],
    [
      ['diff', 'a.yaml', '--against', 'b.yaml', '--json', '--github'],
      'Name one form of output only, not --json and --github',
    ],
    [['diff', 'a.yaml', '--against', 'b.yaml', '--seed', 'x'], "--seed is a number, not 'x'"],
    [['diff', '--explain', 'x'], "There is no rule 'x', but channel-removed, channel-added, "],
    [['diff', 'a.yaml', '--explain', 'range-changed'], '--explain takes a rule, and no document or other option'],
    [['diff', 'a.yaml', '--against', 'nothing.yaml'], 'nothing.yaml cannot be read'],
  ])('refuses %j', async (args, sentence) => {
    const { code, stderr, stdout } = await command(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(sentence);
    if (!sentence.endsWith('cannot be read')) expect(stderr).toMatch(/\. See: asyncapi-kafka diff --help\n$/);
  });

  it.each([
    [{ action: 'recieve' }, 'new.json: line 36 (#/operations/use/action) is recieve; it must be send or receive'],
    [{}, 'new.json: line 32 (#/operations/use) has no action; it must be send or receive'],
    [
      { action: 'send', channel: { $ref: '#/components/channels/boxes' } },
      'new.json: line 33 (#/operations/use/channel) refers to #/components/channels/boxes; it must be one of #/channels',
    ],
    [
      { action: 'send', channel: undefined },
      'new.json: line 32 (#/operations/use) has no channel in this document; it must be one of #/channels',
    ],
  ])('refuses an operation with %j', async (change, sentence) => {
    const operation = { channel: { $ref: '#/channels/crates' }, ...change };
    const { code, stderr } = await diff(BASE, {
      ...BASE,
      operations: { use: operation },
      components: { channels: { boxes: {} } },
    });
    expect([code, stderr]).toEqual([2, `asyncapi-kafka: ${sentence}\n`]);
  });

  it('refuses an unknown option', async () => {
    const { code, stderr } = await program(['diff', 'a.yaml', '--wrong']);
    expect([code, stderr]).toEqual([2, "asyncapi-kafka: Unknown option '--wrong'. See: asyncapi-kafka diff --help\n"]);
  });

  it('shows its options', async () => {
    const { code, stdout } = await command(['diff', '--help']);
    expect([code, stdout.startsWith('Usage: asyncapi-kafka diff <document> --against <document>')]).toEqual([0, true]);
  });
});

describe('--consumers', () => {
  const crate = (rest: Json): Json => oneChannel('send', { Crate: { payload: object({ kind: { const: 'crate' }, size: { type: 'integer' }, ...rest }, ['kind', 'size']) }, Box: { payload: object({ kind: { const: 'box' } }, ['kind']) } }); // prettier-ignore
  const declared = (team: string, reader: string, fields: string) =>
    `{ team: ${team}, summary: Reads crates., reader: ${reader}, reads: [{ message: Crate, fields: [${fields}] }] }`;
  const TEAMS = {
    'stores.yaml': declared('stores', 'tolerant', 'size, lid?'),
    'ships.yaml': declared('ships', 'tolerant', 'id'),
    'scales.yaml': declared('scales', 'strict', 'id'),
  };
  const BREAKS = 'Breaks consumers: scales, stores (reads size)';

  async function diffFor(teams: Readonly<Record<string, string>>, after: Json, ...options: readonly string[]) {
    let result: ProgramRun | undefined;
    await withFolder(async (folder) => {
      await mkdir(join(folder, 'teams'));
      for (const [name, text] of Object.entries(teams)) await writeFile(join(folder, 'teams', name), text);
      await writeFile(join(folder, 'old.json'), JSON.stringify(crate({})));
      await writeFile(join(folder, 'new.json'), JSON.stringify(after));
      result = await command(['diff', 'new.json', '--against', 'old.json', '--consumers', 'teams', ...options], folder);
    });
    return result!;
  }

  it('names the teams that break, with their fields, in each form', async () => {
    const after = crate({ size: { type: 'string' } });
    const { findings } = JSON.parse((await diffFor(TEAMS, after, '--json')).stdout) as { findings: Json[] };
    expect(findings[0]).toMatchObject({
      rule: 'type-changed',
      hits: [
        { team: 'scales', fields: [] },
        { team: 'stores', fields: ['size'] },
      ],
    });
    expect((await diffFor(TEAMS, after)).stdout).toContain(`\n  ${BREAKS}.\n`);
    expect((await diffFor(TEAMS, after, '--markdown')).stdout).toContain(`| ${BREAKS} |\n`);
    expect((await diffFor(TEAMS, after, '--github')).stdout).toMatch(new RegExp(`^::error .*%0A${BREAKS.replace(/[()]/g, '\\$&')}\\.%0A`, 'm')); // prettier-ignore
  });

  it('fails by a new field if a team reads strictly', async () => {
    const after = version(crate({ weight: { type: 'integer' } }), '1.1.0');
    const strict = await diffFor(TEAMS, after);
    expect([strict.code, strict.stdout.includes('Breaks consumers: scales.')]).toEqual([1, true]);
    const { 'scales.yaml': _, ...tolerant } = TEAMS;
    expect((await diffFor(tolerant, after)).code).toBe(0);
  });

  it('accepts a declaration of a message that is removed, and names the team', async () => {
    const after = oneChannel('send', { Box: { payload: object({ kind: { const: 'box' } }, ['kind']) } });
    const { code, stdout, stderr } = await diffFor(TEAMS, after);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toContain('Breaks consumers: scales (reads id), ships (reads id), stores (reads size, lid?).');
  });

  it('names nobody that does not break', async () => {
    const { 'ships.yaml': ships } = TEAMS;
    const { stdout } = await diffFor({ 'ships.yaml': ships }, crate({ size: { type: 'string' } }));
    expect(stdout).toContain('Breaks consumers: no declared team.');
  });

  it.each([
    [{ 'ships.yaml': 'team: ships' }, "asyncapi-kafka: teams/ships.yaml: line 1 (#) has no 'summary'; add it\n"],
    [{ 'ships.yaml': declared('boats', 'tolerant', 'id') }, 'is boats, but the name of the file is ships.yaml'],
    [{}, 'teams: has no declarations'],
  ])('refuses faulty declarations: %j', async (teams, sentence) => {
    const { code, stdout, stderr } = await diffFor(teams, crate({}));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(sentence);
  });
});

describe('teams', () => {
  const send = (change: Json = {}): Json => oneMessage('send', { payload: object({ size: { type: 'integer' }, lid: { type: 'string' }, ...change }, ['size', 'lid']) }); // prettier-ignore
  const optional = oneMessage('send', {
    payload: object({ size: { type: 'integer' }, lid: { type: 'string' } }, ['lid']),
  });
  const team = (name: string, reader: Team['reader'], ...fields: string[]): Team => ({ team: name, reader, sends: [], reads: [{ message: 'Crate', fields }] }); // prettier-ignore

  it('are named with the fields that break', () => {
    const teams = [team('stores', 'tolerant', 'size', 'lid'), team('ships', 'tolerant', 'lid')];
    const { findings } = gate(service(send()), service(optional), { teams });
    expect(findings[0]?.hits).toEqual([{ team: 'stores', fields: ['size'] }]);
  });

  it('that read strictly break by a new field', () => {
    const after = service(send({ weight: { type: 'integer' } }));
    expect(gate(service(send()), after, { teams: [team('stores', 'tolerant')] }).verdict).toBe('safe');
    const { verdict, findings } = gate(service(send()), after, {
      teams: [team('ships', 'strict'), team('stores', 'tolerant')],
    });
    expect(verdict).toBe('breaking');
    expect(findings[0]?.rule).toBe('fields-closed');
    expect(findings[0]?.hits.map((hit) => hit.team)).toEqual(['ships']);
  });
});

it('knows how far a version must go', () => {
  expect(stepOf('0.3.1', '0.4.0', 'major', true)).toMatchObject({ needed: '0.4.0', isEnough: true });
  expect(stepOf('0.3.1', '0.3.2', 'minor', true)).toMatchObject({ needed: '0.3.2', isEnough: true });
  expect(stepOf('1.3.1', '1.3.2', 'minor', true)).toMatchObject({ needed: '1.4.0', isEnough: false });
  expect(stepOf('1.3.1', '2.0.0', 'patch', true)).toMatchObject({ isEnough: true });
  expect(stepOf('1.3.1', '1.3.1', 'patch', false)).toMatchObject({ isEnough: true });
});

it.each([
  // A pre-release of the needed version is enough.
  ['1.0.0', '2.0.0-beta.1', 'major', '2.0.0', true],
  ['1.0.0', '1.1.0-beta.1', 'major', '2.0.0', false],
  ['1.0.0', '1.1.0-beta.1', 'minor', '1.1.0', true],
  ['1.0.0', '1.0.1-beta.1', 'minor', '1.1.0', false],
  ['1.0.0', '1.0.1-0', 'patch', '1.0.1', true],
  ['0.3.1', '0.4.0-beta.1', 'major', '0.4.0', true],
  // Any version may follow a pre-release, if it is a later one.
  ['2.0.0-beta.1', '2.0.0-beta.2', 'major', '2.0.0-beta.2', true],
  ['2.0.0-beta.9', '2.0.0-beta.10', 'major', '2.0.0-beta.10', true],
  ['2.0.0-beta.1', '2.0.0', 'major', '2.0.0-beta.2', true],
  ['2.0.0-beta.1', '2.0.0-beta.1', 'patch', '2.0.0-beta.2', false],
  ['2.0.0-beta.1', '2.0.0-alpha.5', 'patch', '2.0.0-beta.2', false],
  ['1.2.0', '1.2.0-beta.1', 'patch', '1.2.1', false],
  // Build metadata does not count.
  ['1.0.0+1', '1.0.0+2', 'patch', '1.0.1', false],
] as const)('orders versions as SemVer does: %s to %s with a %s change', (from, to, bump, needed, isEnough) => {
  expect(stepOf(from, to, bump, true)).toEqual({ from, to, needed, isEnough });
});

it('does not count an expired waiver', () => {
  const finding = { rule: 'range-changed', file: 'new.json', pointer: '#/x', verdict: 'breaking' };
  const [waiver] = waiversIn('- { rule: range-changed, pointer: "#/x", reason: agreed, expires: 2026-05-01 }');
  expect(waived([finding], [waiver!], '2026-05-01')).toMatchObject({ left: [], stale: [] });
  expect(waived([finding], [waiver!], '2026-05-02')).toMatchObject({ left: [finding], stale: [{ why: 'expired' }] });
});

describe('a file of waivers', () => {
  const first = '- { rule: a, pointer: b, reason: c, expires: 2028-02-29 }\n';
  const second = '- rule: a\n  pointer: b\n  reason: c\n  expires: ';

  it.each([
    ['- { rule: a, pointer: b, expires: 2026-05-01 }', 'line 2 (#/1) has no reason; add it'],
    [`${second}soon`, "line 5 (#/1/expires) is 'soon', which is no date such as 2026-12-31"],
    [`${second}2027-02-30`, "line 5 (#/1/expires) is '2027-02-30', which is no date such as 2026-12-31"],
    [`${second}2027`, 'line 5 (#/1/expires) must be a text that is not empty'],
    [`${second.replace('expires', 'expire')}2027-02-28`, 'line 5 (#/1/expire) is not known here; use rule, pointer, reason, expires'], // prettier-ignore
    ['- range-changed', 'line 2 (#/1) must be a waiver: an object with rule, pointer, reason, expires'],
    ['-', 'line 2 (#/1) must be a waiver'],
    ['- [', 'is no YAML: '],
  ])('is refused with the line: %j', (text, sentence) => {
    expect(() => waiversIn(first + text)).toThrow(sentence);
  });

  it('must be a list', () => {
    expect(() => waiversIn('rule: a')).toThrow('line 1 (#) must be a list of waivers');
    expect(waiversIn('')).toEqual([]);
  });

  it('is named in the sentence', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'a.json'), JSON.stringify(BASE));
      await writeFile(join(folder, 'waivers.yaml'), `${first}- a\n`);
      const { code, stderr } = await command(['diff', 'a.json', '--against', 'a.json', '--waivers', 'waivers.yaml'], folder); // prettier-ignore
      expect([code, stderr.startsWith('asyncapi-kafka: waivers.yaml: line 2 (#/1) must be a waiver')]).toEqual([2, true]); // prettier-ignore
    });
  });
});

it('needs the file of a finding in a waiver only if its pointer fits findings of several', () => {
  const finding = (file: string) => ({ rule: 'type-changed', file, pointer: '#/type', verdict: 'breaking' });
  const waiver = (pointer: string) => ({ rule: 'type-changed', pointer, reason: 'agreed', expires: '2026-05-01' });
  const [one, other] = [finding('a.yaml'), finding('b.yaml')];
  const check = (findingsOf: (typeof one)[], pointer: string) => waived(findingsOf, [waiver(pointer)], '2026-05-01');
  expect(check([one], '#/type')).toMatchObject({ left: [], waived: [one], stale: [] });
  expect(check([one, other], '#/type')).toMatchObject({ left: [one, other], stale: [{ why: 'ambiguous' }] });
  expect(check([one, other], 'b.yaml#/type')).toMatchObject({ left: [one], waived: [other], stale: [] });
  expect(check([one], 'b.yaml#/type')).toMatchObject({ left: [one], stale: [{ why: 'unused' }] });
});
