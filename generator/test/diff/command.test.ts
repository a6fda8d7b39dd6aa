/** `asyncapi-kafka diff`: what it prints, and how it ends. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
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

describe('asyncapi-kafka diff', () => {
  it('prints nothing but JSON with --json, with a witness', async () => {
    const { code, stdout, stderr } = await diff(BASE, NARROW, '--json');
    const { verdict, bump, findings } = JSON.parse(stdout) as { verdict: string; bump: string; findings: Json[] };
    expect([code, stderr, verdict, bump, findings.length]).toEqual([1, '', 'breaking', 'major', 1]);
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

  it('prints a table and annotations', async () => {
    expect((await diff(BASE, NARROW, '--markdown')).stdout).toContain(
      '| breaking | [range-changed](docs/contract-gate.md#range-changed) | new.json:23 |',
    );
    expect((await diff(BASE, NARROW, '--github')).stdout).toContain(
      '::error file=new.json,line=23,title=range-changed::',
    );
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

  it('asks for a major version or a waiver of what needs a look', async () => {
    const shorter = (days: number): Json => oneChannel('send', { Crate: { payload: object({}) } }, { bindings: { kafka: { topicConfiguration: { 'retention.ms': days * 86_400_000 } } } }); // prettier-ignore
    const { code, stdout } = await diff(shorter(7), version(shorter(6), '1.1.0'));
    expect([code, stdout.includes('May break consumers: no declared team.')]).toEqual([1, true]);
    expect(stdout).toContain('1.0.0 to 1.1.0, and info.version must be 2.0.0 at least, or each finding that needs a look must be waived.'); // prettier-ignore
    expect((await diff(shorter(7), version(shorter(6), '2.0.0'))).code).toBe(0);
  });

  it('takes a waiver, which fails if nothing needs it', async () => {
    const patched = version(NARROW, '1.0.1');
    const { code, stdout } = await diff(BASE, patched, '--waivers', 'waivers.yaml');
    expect([code, stdout.includes('1 waived')]).toEqual([0, true]);
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
    [['diff', 'a.yaml', '--against', 'nothing.yaml'], 'nothing.yaml cannot be read'],
  ])('refuses %j', async (args, sentence) => {
    const { code, stderr, stdout } = await command(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(sentence);
  });

  it('refuses an unknown option', async () => {
    const { code, stderr } = await program(['diff', 'a.yaml', '--wrong']);
    expect([code, stderr]).toEqual([2, "asyncapi-kafka: Unknown option '--wrong'. See: asyncapi-kafka --help\n"]);
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
    expect((await diffFor(TEAMS, after, '--github')).stdout).toMatch(new RegExp(`^::error .*\\. ${BREAKS.replace(/[()]/g, '\\$&')}$`, 'm')); // prettier-ignore
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
    [{ 'ships.yaml': 'team: ships' }, "asyncapi-kafka: teams/ships.yaml: line 1 (#/) has no 'summary'; add it\n"],
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

it('does not count an expired waiver', () => {
  const finding = { rule: 'range-changed', pointer: '#/x', verdict: 'breaking' };
  const [waiver] = waiversIn('- { rule: range-changed, pointer: "#/x", reason: agreed, expires: 2026-05-01 }');
  expect(waived([finding], [waiver!], '2026-05-01')).toMatchObject({ left: [], useless: [] });
  expect(waived([finding], [waiver!], '2026-05-02')).toMatchObject({ left: [finding], useless: [{ why: 'expired' }] });
  expect(() => waiversIn('- { rule: a, pointer: b, expires: 2026-05-01 }')).toThrow('has no reason in entry 1');
  expect(() => waiversIn('- { rule: a, pointer: b, reason: c, expires: soon }')).toThrow('has no date');
});
