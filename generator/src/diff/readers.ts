/** What teams declare about the messages that they send and read, as far as the gate needs it. */
import type { Subject } from './findings.ts';

/** A team. The declarations of consumers are read elsewhere. */
export interface Team {
  readonly team: string;
  /** strict: fields, messages and values that are new to it break it. */
  readonly reader: 'tolerant' | 'strict';
  readonly sends: readonly TeamMessage[];
  readonly reads: readonly TeamMessage[];
}

export interface TeamMessage {
  /** The key of the channel in the document; undefined if the message is on one channel only. */
  readonly channel?: string | undefined;
  readonly message: string;
  /** The fields that are read, such as `body.items[].id?`. */
  readonly fields?: readonly string[];
  readonly headers?: readonly string[];
}

/** A team that a finding concerns, with the fields and headers that it uses. */
export interface Hit {
  readonly team: string;
  readonly fields: readonly string[];
}

/** Returns the teams that a finding breaks. */
export function hitsOf(
  teams: readonly Team[],
  subject: Subject,
  direction: 'receive' | 'send' | undefined,
  isStrictOnly: boolean,
): Hit[] {
  return teams.flatMap((team): Hit[] => {
    if (isStrictOnly && team.reader !== 'strict') return [];
    const uses =
      direction === 'receive' ? team.sends : direction === 'send' ? team.reads : [...team.sends, ...team.reads];
    const concerned = uses.filter((use) => isAbout(use, subject));
    if (concerned.length === 0) return [];
    const fields = concerned.flatMap((use) => fieldsOf(use, subject));
    // One that reads other fields of the message only does not see the change; a whole record that is refused concerns all.
    return [{ team: team.team, fields: [...new Set(fields)] }];
  });
}

function isAbout(use: TeamMessage, { channel, message }: Subject): boolean {
  if (message !== undefined && use.message !== message) return false;
  if (channel !== undefined && use.channel !== undefined && use.channel !== channel) return false;
  return message !== undefined || channel === undefined || use.channel === channel;
}

function fieldsOf({ fields = [], headers = [] }: TeamMessage, { field, header }: Subject): string[] {
  if (header !== undefined) return headers.filter((name) => name.replace(/\?$/, '') === header);
  if (field === undefined || field.length === 0) return [...fields, ...headers];
  const wanted = field.map((step) => (/^(?:\d+|\*)$/.test(step) ? '[]' : step));
  return fields.filter((text) => {
    const steps = text
      .replace(/\?$/, '')
      .replaceAll('[]', '.[]')
      .split('.')
      .filter((step) => step !== '');
    const length = Math.min(steps.length, wanted.length);
    return steps.slice(0, length).join('.') === wanted.slice(0, length).join('.');
  });
}
