/** Prints what the gate finds: for people, for programs, for pull requests. */
import type { Finding, Result } from './gate.ts';

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

const RULES_PAGE = 'docs/contract-gate.md';

function asText(result: Result): string {
  const findings = result.findings.map((finding) =>
    [
      `${finding.file}:${String(finding.line)} ${VERDICTS[finding.verdict]} ${finding.rule}`,
      `  ${finding.why}.`,
      `  at ${finding.pointer}`,
      ...breaksOf(finding).map((line) => `  ${line}`),
      ...witnessLines(finding).map((line) => `  ${line}`),
      ...(finding.verdict === 'safe' ? [] : [`  Instead: ${finding.remedy} (${RULES_PAGE}#${finding.rule})`]),
    ].join('\n'),
  );
  return [...findings, summaryOf(result).join('\n')].join('\n\n');
}

function breaksOf({ direction, verdict, hits }: Finding): string[] {
  if (verdict === 'safe') return [];
  const names = hits.map(({ team, fields }) => (fields.length === 0 ? team : `${team} (${fields.join(', ')})`));
  const side =
    direction === 'receive' ? 'Breaks producers' : direction === 'send' ? 'Breaks consumers' : 'Breaks clients';
  return names.length === 0 ? [] : [`${side}: ${names.join(', ')}`];
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
  const { findings, waived, useless, step, searched, verdict, bump } = result;
  const count = (each: Finding['verdict']) => String(findings.filter((finding) => finding.verdict === each).length);
  const lines = [
    `${count('breaking')} breaking, ${count('look')} that need a look, ${count('safe')} safe; ${String(waived.length)} waived.`,
    `Searched ${String(searched.records)} records of ${String(searched.messages)} messages (seed ${String(searched.seed)}); ` +
      `for ${String(searched.proved)} it is proved that the reader accepts every one.`,
    ...useless.map(({ waiver, why }) => `The waiver of ${waiver.rule} at ${waiver.pointer} is ${why}: remove it.`),
    `Verdict: ${VERDICTS[verdict]}. The change is a ${bump} one: ${step.from} to ${step.to}${step.isEnough ? '' : `, and info.version must be ${step.needed} at least`}.`,
  ];
  return lines;
}

function asMarkdown(result: Result): string {
  const rows = result.findings.map(({ verdict, rule, file, line, why, hits }) => {
    const teams = hits.map(({ team }) => team).join(', ');
    return `| ${VERDICTS[verdict]} | [${rule}](${RULES_PAGE}#${rule}) | ${file}:${String(line)} | ${escaped(why)} | ${teams} |`;
  });
  const table =
    rows.length === 0
      ? []
      : ['| verdict | rule | where | why | teams |', '| --- | --- | --- | --- | --- |', ...rows, ''];
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
  const levels = { breaking: 'error', look: 'warning', safe: 'notice' } as const;
  const lines = result.findings.map(({ verdict, rule, file, line, why }) => `::${levels[verdict]} file=${property(file)},line=${String(line)},title=${property(rule)}::${message(why)}`); // prettier-ignore
  const step = result.step.isEnough
    ? []
    : [`::error title=version-step::info.version must be ${result.step.needed} at least`];
  return [...lines, ...step, ...result.useless.map(({ waiver, why }) => `::error title=waiver::The waiver of ${waiver.rule} at ${waiver.pointer} is ${why}`), ...summaryOf(result)].join('\n'); // prettier-ignore
}

const message = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string) => message(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
