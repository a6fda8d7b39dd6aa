/** The changelog of the contract, in the form of Keep a Changelog. */
import type { Finding, Result } from '../../generator/src/diff/gate.ts';
import { breaksOf } from '../../generator/src/diff/print.ts';
import { isAddition } from '../../generator/src/diff/version.ts';

const HEAD = `# Changelog

What changes from one released version of the contract to the next, newest first. \`npm run contract -- release\` writes this file.
`;

/** The entry of a version. */
export interface ChangelogEntry {
  readonly version: string;
  readonly text: string;
}

const headingOf = (version: string) => `## [${version}]`;

/** Returns a changelog with these entries on top, in their order. They replace entries of the same versions. */
export function withEntries(changelog: string, added: readonly ChangelogEntry[]): string {
  const [head = '', ...entries] = (changelog === '' ? HEAD : changelog).split(/^(?=## \[)/m);
  const others = entries.filter((one) => !added.some(({ version }) => one.startsWith(headingOf(version))));
  return [head, ...added.map(({ text }) => text), ...others].map((one) => one.trimEnd()).join('\n\n') + '\n';
}

/** Whether a changelog has the entry of a version. */
export const hasEntry = (changelog: string, version: string): boolean =>
  changelog.split('\n').some((line) => line.startsWith(headingOf(version)));

/** Returns the entry of a version. @param result its comparison with the version before; undefined for the first one */
export function entryOf(version: string, date: string, result: Result | undefined): string {
  const heading = `${headingOf(version)} - ${date}\n\n`;
  if (result === undefined) return `${heading}First release.\n`;
  const { findings, waived } = result;
  const breaking = findings.filter(({ verdict }) => verdict === 'breaking');
  const added = findings.filter(isAddition);
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
