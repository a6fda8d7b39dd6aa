/** Prints what the gate finds: for people, for programs, for pull requests. */
import type { Finding, Result } from './gate.ts';
import type { UselessWaiver } from './waivers.ts';

/** The forms of output. */
export type Form = 'text' | 'json' | 'markdown' | 'github';

/** Returns the output of a comparison. */
export function printed(result: Result, form: Form): string {
  switch (form) {
    case 'json':
      return JSON.stringify(result, null, 2);
    case 'markdown':
      return asMarkdown(result);
    case 'github':
      return asAnnotations(result);
    case 'text':
      return asText(result);
  }
}

const VERDICTS = { breaking: 'breaking', look: 'needs a look', safe: 'safe' } as const;

const DIRECTIONS = { receive: ' (received)', send: ' (sent)', none: '' } as const;

const RULES_PAGE = 'docs/contract-gate.md';

function asText(result: Result): string {
  return [...result.findings.map(textOf), summaryOf(result).join('\n')].join('\n\n');
}

function textOf(finding: Finding): string {
  return [
    `${finding.file}:${String(finding.line)} ${VERDICTS[finding.verdict]} ${finding.rule}`,
    `  ${finding.why}.`,
    `  at ${finding.pointer}${DIRECTIONS[finding.direction ?? 'none']}`,
    ...(finding.verdict === 'safe' ? [] : [`  ${breaksOf(finding)}.`]),
    ...witnessLines(finding).map((line) => `  ${line}`),
    ...(finding.verdict === 'safe' ? [] : [`  Instead: ${finding.remedy} (${RULES_PAGE}#${finding.rule})`]),
  ].join('\n');
}

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

function witnessLines({ witness }: Finding): string[] {
  if (witness === null) return [];
  const cut = (text: string) =>
    text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)} ... (${String(text.length)} characters)` : text;
  return [
    `This record ${witness.outcome}:`,
    `  topic ${witness.topic ?? 'unknown'}, key ${witness.key ?? 'none'}`,
    ...Object.entries(witness.headers).map(([name, value]) => `  ${name}: ${cut(value)}`),
    `  ${cut(JSON.stringify(witness.payload))}`,
  ];
}

/** Returns what was compared, and whether the change is allowed. */
function summaryOf(result: Result): string[] {
  const { findings, waived, useless, searched } = result;
  const count = (each: Finding['verdict']) => String(findings.filter((finding) => finding.verdict === each).length);
  const lines = [
    `${count('breaking')} breaking, ${count('look')} that need a look, ${count('safe')} safe; ${String(waived.length)} waived.`,
    `Searched ${String(searched.records)} records of ${String(searched.messages)} messages (seed ${String(searched.seed)}); ` +
      `for ${String(searched.proved)} it is proved that the reader accepts every one.`,
    ...useless.map(uselessLine),
    `Verdict: ${verdictOf(result)}`,
  ];
  return lines;
}

const uselessLine = ({ waiver, why }: UselessWaiver) => `The waiver of ${waiver.rule} at ${waiver.pointer} is ${why}: remove it.`; // prettier-ignore

function verdictOf({ verdict, bump, step }: Result): string {
  // A change needs another version.
  if (step.isEnough && step.from === step.to) return `${VERDICTS[verdict]}. No change: both are ${step.to}.`;
  const or = verdict === 'look' ? ', or each finding that needs a look must be waived' : '';
  const needed = step.isEnough ? '' : `, and info.version must be ${step.needed} at least${or}`;
  return `${VERDICTS[verdict]}. The change is a ${bump} one: ${step.from} to ${step.to}${needed}.`;
}

/** A comparison with an older version. */
export interface Compared {
  readonly file: string;
  readonly result: Result;
}

/** Returns the output of comparisons of one document with several: each finding once, and a line for each comparison. */
export function printedTogether(compared: readonly Compared[], form: 'text' | 'github'): string {
  const groups = Map.groupBy(
    compared.flatMap(({ result }) => result.findings),
    ({ rule, file, pointer, why }) => [rule, file, pointer, why].join(' '),
  );
  const findings = [...groups.values()].flatMap((group) => group.slice(0, 1));
  const useless = new Set(compared.flatMap(({ result }) => result.useless.map(uselessLine)));
  const lines = [...compared.map(({ file, result }) => `Compared with ${file}: ${verdictOf(result)}`), ...useless];
  if (form === 'text') return [...findings.map(textOf), lines.join('\n')].join('\n\n');
  const steps = compared.flatMap(({ result }) => stepAnnotation(result));
  return [...findings.map(annotationOf), ...new Set(steps), ...[...useless].map(waiverAnnotation), ...lines].join('\n');
}

function asMarkdown(result: Result): string {
  const rows = result.findings.map((finding) => {
    const { verdict, rule, file, line, why } = finding;
    const breaks = verdict === 'safe' ? '' : breaksOf(finding);
    return `| ${VERDICTS[verdict]} | [${rule}](${RULES_PAGE}#${rule}) | ${file}:${String(line)} | ${escaped(why)} | ${escaped(breaks)} |`;
  });
  const table =
    rows.length === 0
      ? []
      : ['| verdict | rule | where | why | who breaks |', '| --- | --- | --- | --- | --- |', ...rows, ''];
  const witnesses = result.findings.flatMap(
    ({ rule, witness, remedy }) =>
    witness === null
      ? []
      : [`<details><summary>${rule}: this record ${escaped(witness.outcome)}</summary>`, '', '```json', JSON.stringify(witness, null, 2), '```', '', `Instead: ${remedy}`, '</details>', ''], // prettier-ignore
  );
  return ['## Contract', '', ...table, ...witnesses, ...summaryOf(result).map((line) => `- ${line}`)].join('\n');
}

const escaped = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** Workflow commands: GitHub shows them at the line of the file. */
function asAnnotations(result: Result): string {
  const waivers = result.useless.map((one) => waiverAnnotation(uselessLine(one)));
  return [...result.findings.map(annotationOf), ...stepAnnotation(result), ...waivers, ...summaryOf(result)].join('\n');
}

const LEVELS = { breaking: 'error', look: 'warning', safe: 'notice' } as const;

function annotationOf(finding: Finding): string {
  const { verdict, rule, file, line, why } = finding;
  const breaks = verdict === 'safe' ? '' : `. ${breaksOf(finding)}`;
  return `::${LEVELS[verdict]} file=${property(file)},line=${String(line)},title=${property(rule)}::${message(why + breaks)}`;
}

const stepAnnotation = ({ step }: Result) =>
  step.isEnough ? [] : [`::error title=version-step::info.version must be ${step.needed} at least`];

const waiverAnnotation = (line: string) => `::error title=waiver::${message(line)}`;

const message = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string) => message(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
