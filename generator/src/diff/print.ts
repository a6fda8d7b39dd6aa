/** Prints what the gate finds: for people, for programs, for pull requests. */
import type { Finding, Result, WaivedFinding } from './gate.ts';
import { meaningOf } from './rules/explain.ts';
import { ruleOf } from './rules/table.ts';
import type { StaleWaiver } from './waivers.ts';

/** The forms of output. */
export type Form = 'text' | 'json' | 'markdown' | 'github';

/** Returns the output of a comparison. @param command prints the paragraph of a rule, with `--explain` */
export function printed(result: Result, form: Form, command: string): string {
  const lines = [...summaryOf(result), ...explainLine(result.findings, command)];
  switch (form) {
    case 'json':
      return JSON.stringify(result, null, 2);
    case 'markdown':
      return asMarkdown(result);
    case 'github':
      return annotations(result, stepAnnotation(result), result.staleWaivers.map(staleLine), lines);
    case 'text':
      return asText(result, lines);
  }
}

const VERDICTS = { breaking: 'breaking', look: 'needs a look', safe: 'safe' } as const;

const DIRECTIONS = { receive: ' (received)', send: ' (sent)', none: '' } as const;

type Findings = Pick<Result, 'findings' | 'waived'>;

/** Returns a paragraph for each finding, and the lines of a summary. */
function asText({ findings, waived }: Findings, summary: readonly string[]): string {
  const paragraphs = [
    ...findings.map((one) => [`${locationOf(one)} ${VERDICTS[one.verdict]} ${one.rule}`, ...linesOf(one)]),
    ...waived.map((one) => [`${locationOf(one)} waived ${one.rule}`, ...waivedLines(one)]),
  ];
  const texts = paragraphs.map((lines) => lines.map(inOneLine).join('\n  '));
  return [...texts, summary.map(inOneLine).join('\n')].join('\n\n');
}

const locationOf = ({ file, line }: Finding) => `${file}:${String(line)}`;

/** Names may have line breaks, which must not look like the next line of the output. */
const inOneLine = (text: string) => text.replaceAll('\n', '\\n').replaceAll('\r', '\\r');

const pointerLine = ({ pointer, direction }: Finding) => `at ${pointer}${DIRECTIONS[direction ?? 'none']}`;

/** Returns all about a finding except its rule and location. */
function linesOf(finding: Finding): string[] {
  const isSafe = finding.verdict === 'safe';
  return [
    `${finding.why}.`,
    pointerLine(finding),
    ...(isSafe ? [] : [`${breaksOf(finding)}.`]),
    ...witnessLines(finding),
    ...(isSafe ? [] : [`Instead: ${finding.remedy}`]),
  ];
}

const waivedLines = (finding: WaivedFinding) => [
  `${finding.why}.`,
  pointerLine(finding),
  `Waived until ${finding.expires}: ${finding.reason}`,
];

const explainLine = (findings: readonly Finding[], command: string) =>
  findings.length === 0 ? [] : [`For the meaning of a rule: ${command} --explain <rule>`];

const SIDES = {
  receive: { clients: 'producers', use: 'sends' },
  send: { clients: 'consumers', use: 'reads' },
} as const;

/** The most fields of a team that are shown. */
const MAX_FIELDS = 8;

/** Returns which clients a finding breaks, and the declared teams among them with their fields. */
export function breaksOf({ direction, verdict, hits }: Finding): string {
  const { clients, use } = direction === null ? { clients: 'clients', use: 'uses' } : SIDES[direction];
  const names = hits.map(({ team, fields }) => {
    const more = fields.length > MAX_FIELDS ? ` and ${String(fields.length - MAX_FIELDS)} more` : '';
    return fields.length === 0 ? team : `${team} (${use} ${fields.slice(0, MAX_FIELDS).join(', ')}${more})`;
  });
  return `${verdict === 'look' ? 'May break' : 'Breaks'} ${clients}: ${names.join(', ') || 'no declared team'}`;
}

const MAX_SHOWN = 2_000;
/** Longer texts of a record are abbreviated: nobody would read them. `--json` has the whole record. */
const MAX_TEXT = 200;

const abbreviated = (_name: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > MAX_TEXT ? `${value.slice(0, 20)}... (${String(value.length)} characters)` : value; // prettier-ignore

function witnessLines({ witness }: Finding): string[] {
  if (witness === null) return [];
  const cut = (text: string) =>
    text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)} ... (${String(text.length)} characters)` : text;
  return [
    `This record ${witness.outcome}:`,
    `  topic ${witness.topic ?? 'unknown'}, key ${witness.key ?? 'none'}`,
    ...Object.entries(witness.headers).map(([name, value]) => `  ${name}: ${cut(value)}`),
    `  ${cut(JSON.stringify(witness.payload, abbreviated))}`,
  ];
}

/** Returns what was compared, and whether the change is allowed. */
function summaryOf(result: Result): string[] {
  const { findings, waived, staleWaivers, searched } = result;
  const count = (each: Finding['verdict']) => String(findings.filter((finding) => finding.verdict === each).length);
  return [
    `${count('breaking')} breaking, ${count('look')} that need a look, ${count('safe')} safe; ${String(waived.length)} waived.`,
    `Searched ${String(searched.records)} records of ${String(searched.messages)} messages (seed ${String(searched.seed)}); ` +
      `for ${String(searched.proved)} it is proved that the reader accepts every one.`,
    ...staleWaivers.map(staleLine),
    `Verdict: ${verdictOf(result)}`,
  ];
}

const staleLine = ({ waiver, why }: StaleWaiver) =>
  `The waiver of ${waiver.rule} at ${waiver.pointer} is ${why}: ${why === 'ambiguous' ? 'write the file before #' : 'remove it'}.`;

function verdictOf({ verdict, bump, version: { from, to, needed, isEnough, fault } }: Result): string {
  // A change needs another version.
  if (fault !== null || needed === null) return `${VERDICTS[verdict]}. ${String(fault)}.`;
  if (isEnough && from === to) return `${VERDICTS[verdict]}. No change: both are ${String(to)}.`;
  const or = verdict === 'look' ? ', or each finding that needs a look must be waived' : '';
  const step = isEnough ? '' : `, and info.version must be ${needed} at least${or}`;
  const is = verdict === 'look' ? 'may be' : 'is';
  return `${VERDICTS[verdict]}. The change ${is} a ${bump} one: ${String(from)} to ${String(to)}${step}.`;
}

/** A comparison with an older version. */
export interface Compared {
  readonly file: string;
  readonly result: Result;
}

/**
 * Returns the output of comparisons of one document with several: each finding once, and a line for each comparison.
 *
 * @param command prints the paragraph of a rule, with `--explain`
 */
export function printedTogether(compared: readonly Compared[], form: 'text' | 'github', command: string): string {
  const results = compared.map(({ result }) => result);
  const findings = distinct(results.flatMap((result) => result.findings));
  const waived = distinct(results.flatMap((result) => result.waived));
  const stale = new Set(results.flatMap(({ staleWaivers }) => staleWaivers.map(staleLine)));
  const verdicts = compared.map(({ file, result }) => `Compared with ${file}: ${verdictOf(result)}`);
  const lines = [...verdicts, ...stale, ...explainLine(findings, command)];
  if (form === 'text') return asText({ findings, waived }, lines);
  return annotations({ findings, waived }, new Set(results.flatMap(stepAnnotation)), stale, lines);
}

function distinct<Item extends Finding>(findings: readonly Item[]): Item[] {
  const groups = Map.groupBy(findings, ({ rule, file, pointer, why }) => [rule, file, pointer, why].join(' '));
  return [...groups.values()].flatMap((group) => group.slice(0, 1));
}

function asMarkdown(result: Result): string {
  const { findings, waived } = result;
  const where = (one: Finding) => `${escaped(locationOf(one))}<br><code>${escaped(one.pointer)}</code>${DIRECTIONS[one.direction ?? 'none']}`; // prettier-ignore
  const rows = findings.map((one) => {
    const breaks = one.verdict === 'safe' ? '' : breaksOf(one);
    return [VERDICTS[one.verdict], one.rule, where(one), escaped(one.why), escaped(breaks)];
  });
  const waivedRows = waived.map((one) => [one.rule, where(one), escaped(one.why), escaped(one.reason), one.expires]);
  return [
    '## Contract',
    '',
    ...table(['verdict', 'rule', 'where', 'why', 'who breaks'], rows),
    ...findings.filter(({ verdict }) => verdict !== 'safe').flatMap(details),
    ...table(['waived', 'where', 'why', 'reason', 'until'], waivedRows),
    ...summaryOf(result).map((line) => `- ${escaped(line)}`),
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  return [...[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`), ''];
}

/** Returns what a table has no room for: the meaning of the rule, the record, and what to do instead. */
function details(finding: Finding): string[] {
  const { rule, remedy } = finding;
  const record = witnessLines(finding).map(inOneLine);
  // No line of the record is a fence, which would end the block: those with names have a colon.
  const block = record.length === 0 ? [] : ['```text', ...record, '```', ''];
  return [`<details><summary>${rule} at ${escaped(locationOf(finding))}</summary>`, '', meaningOf(ruleOf(rule)), '', ...block, `Instead: ${remedy}`, '', '</details>', '']; // prettier-ignore
}

/** Returns text for one line of Markdown, also in a table or in HTML, which shows it as it is. */
const escaped = (text: string) =>
  inOneLine(text).replace(/[\\`*_~|<>&[\]]/g, (character) => `&#${String(character.codePointAt(0))};`);

/** Returns workflow commands: GitHub shows them at the line of the file. */
function annotations(
  { findings, waived }: Findings,
  steps: Iterable<string>,
  stale: Iterable<string>,
  summary: readonly string[],
): string {
  return [
    ...findings.map((one) => annotation(LEVELS[one.verdict], one, one.rule, linesOf(one))),
    ...waived.map((one) => annotation('notice', one, `${one.rule} (waived)`, waivedLines(one))),
    ...steps,
    ...[...stale].map((line) => `::error title=waiver::${message(line)}`),
    ...summary.map(inOneLine),
  ].join('\n');
}

const LEVELS = { breaking: 'error', look: 'warning', safe: 'notice' } as const;

const annotation = (level: string, { file, line }: Finding, title: string, lines: readonly string[]) =>
  `::${level} file=${property(file)},line=${String(line)},title=${property(title)}::${message(lines.map(inOneLine).join('\n'))}`;

const stepAnnotation = ({ version: { needed, isEnough, fault } }: Result) =>
  isEnough
    ? []
    : [`::error title=version-step::${message(fault ?? `info.version must be ${String(needed)} at least`)}`];

const message = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string) => message(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
