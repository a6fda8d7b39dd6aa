/** The changelog of the contract, in the form of Keep a Changelog. */
import type { Finding, Result } from '../../generator/src/diff/gate.ts';
import { breaksOf } from '../../generator/src/diff/print.ts';

const HEAD = `# Changelog

What changes from one released version of the contract to the next, newest first. \`npm run contract -- release\` writes this file.
`;

/** Returns a changelog with the entry of a version on top. An entry that an interrupted run has left is replaced. */
export function withEntry(changelog: string, version: string, entry: string): string {
  const [head = '', ...entries] = (changelog === '' ? HEAD : changelog).split(/^(?=## \[)/m);
  const others = entries.filter((one) => !one.startsWith(`## [${version}]`));
  return [head.trimEnd(), entry.trimEnd(), ...others.map((one) => one.trimEnd())].join('\n\n') + '\n';
}

/** Returns the entry of a version. @param result its comparison with the version before; undefined for the first one */
export function entryOf(version: string, date: string, result: Result | undefined): string {
  const heading = `## [${version}] - ${date}\n\n`;
  if (result === undefined) return `${heading}First release.\n`;
  const { findings, waived } = result;
  const isAdded = ({ verdict, rule }: Finding) => verdict === 'safe' && /-(?:added|extended)$/.test(rule);
  const breaking = findings.filter(({ verdict }) => verdict === 'breaking');
  const added = findings.filter(isAdded);
  const others = findings.filter((one) => !breaking.includes(one) && !added.includes(one));
  const changed = [...others.map(lineOf), ...waived.map((one) => `${lineOf(one)} The teams have agreed to it.`)];
  const sections = [
    sectionOf('Breaking', breaking.map(lineOf)),
    sectionOf('Added', added.map(lineOf)),
    sectionOf('Changed', changed),
  ];
  const text = sections.filter((section) => section !== '').join('\n');
  return (
    heading + (text === '' ? sectionOf('Changed', ['- Nothing: the content is that of the version before.']) : text)
  );
}

function lineOf(finding: Finding): string {
  return `- ${finding.why}.${finding.hits.length === 0 ? '' : ` ${breaksOf(finding)}.`}`;
}

const sectionOf = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? '' : `### ${title}\n\n${[...new Set(lines)].join('\n')}\n`;
