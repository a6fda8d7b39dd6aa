/** Finds the teams that a finding breaks, by what they declare about the messages that they send and read. */
import type { Declaration, DeclaredExample } from '../consumers/declarations.ts';
import { ITEMS } from '../consumers/fields.ts';
import type { Field } from '../consumers/fields.ts';
import type { Versions } from './compare/versions.ts';
import type { Found } from './findings.ts';
import { Names } from './names.ts';
import { ruleOf } from './rules/table.ts';
import { OTHER_NAME } from './schema/names.ts';
import type { Service } from './service.ts';
import { usesOf } from './team-uses.ts';
import type { TeamUse } from './team-uses.ts';

/** A team, as it declares itself. */
export type Team = Pick<Declaration, 'team' | 'reader' | 'sends' | 'reads'>;

/** A team that a finding concerns, with those of its fields and headers that the finding is about. */
export interface Hit {
  readonly team: string;
  readonly fields: readonly string[];
}

/**
 * Returns a function that returns the teams which a finding breaks, in the order of their names. What a team names may be in either
 * version, or in none.
 */
export function hitFinder(
  teams: readonly Team[],
  before: Service,
  after: Service,
  versions: Versions,
): (found: Found) => Hit[] {
  if (teams.length === 0) return () => [];
  const names = new Names(before, after, versions);
  const known = teams
    .map((team) => ({ team: team.team, isStrict: team.reader === 'strict', uses: usesOf(team, names) }))
    .sort((one, other) => (one.team < other.team ? -1 : 1));
  return (found) =>
    known.flatMap(({ team, isStrict, uses }): Hit[] => {
      if (found.isStrictOnly === true && !isStrict) return [];
      const broken = concernedBy(found, uses, names)
        .map((use) => brokenFields(use, found, isStrict))
        .filter((fields) => fields !== undefined);
      return broken.length === 0 ? [] : [{ team, fields: [...new Set(broken.flat())] }];
    });
}

const REPLY_RULES: readonly string[] = ['reply-removed', 'reply-changed'];

/** Returns the uses of the channel and of the message that a finding is about. */
function concernedBy({ rule, subject, direction }: Found, uses: readonly TeamUse[], names: Names): TeamUse[] {
  const { channel, message } = subject;
  const isOn = (use: TeamUse, key: string) => use.channels.some((one) => names.isSameChannel(one, key));
  if (REPLY_RULES.includes(rule) && channel !== undefined) {
    // The channel is that of the requests. A team breaks if it sends some and reads the replies.
    const requests = uses.filter((use) => use.direction !== direction && isOn(use, channel));
    const replies = names.repliesOn(channel);
    if (requests.length === 0 || replies.length === 0) return requests;
    const isReply = (use: TeamUse) => replies.some((reply) => isOn(use, reply.channel) && reply.messages.includes(use.message ?? '')); // prettier-ignore
    return uses.filter((use) => use.direction === direction && isReply(use));
  }
  return uses.filter((use) => {
    if (direction !== undefined && use.direction !== direction) return false;
    if (channel !== undefined && !isOn(use, channel)) return false;
    if (rule === 'unknown-types-refused') return use.message === undefined;
    // Nobody declares a message that is new: it concerns the readers of the channel.
    if (message === undefined || rule === 'message-added') return true;
    return use.message !== undefined && names.isSameMessage(use.message, message);
  });
}

/** Returns the fields of a use that a finding is about, which may be none; undefined if it does not break the use. */
function brokenFields(use: TeamUse, found: Found, isStrict: boolean): string[] | undefined {
  const { rule, subject } = found;
  const { message, field, header } = subject;
  const isAboutKeys = rule === 'partitions-changed' || ruleOf(rule).kind === 'key';
  if (message === undefined || rule === 'message-added' || isAboutKeys) return [];
  const what = header === undefined ? 'fields' : 'headers';
  const path = header === undefined ? (field ?? []) : header === '' ? [] : [header];
  // The whole payload, all headers, or the whole record.
  if (path.length === 0)
    return textsOf([...(header === undefined ? use.fields : []), ...(field === undefined ? use.headers : [])]);
  const values = refusedValues(found, what, path);
  if (use.direction === 'receive') {
    const lacksIt = (example: DeclaredExample) => valuesAt(example[what === 'fields' ? 'payload' : 'headers'] ?? {}, path).includes(undefined); // prettier-ignore
    // A team whose examples all have the field does not break if the field is required.
    if (values.includes(undefined)) return use.examples.some(lacksIt) ? [] : undefined;
    const sent = use[what].filter((one) => isWithin(one, path));
    return sent.length === 0 ? undefined : textsOf(sent);
  }
  const isEmpty = values.includes(undefined) || values.includes(null);
  const read = [...use[what], ...use.implied[what]]
    .filter((one) => isOnWay(one, path))
    .filter((one) => !(isEmpty && one.isOptional && isWithin(one, path)));
  // A strict reader refuses the whole record, whatever it reads of it.
  return read.length === 0 && (!isStrict || found.isLookOfReaders === true) ? undefined : textsOf(read);
}

const textsOf = (fields: readonly Field[]) => fields.map(({ text }) => text);

/** Returns the values of a field in the record that is refused; undefined if the field is missing. */
function refusedValues({ rule, witness }: Found, what: 'fields' | 'headers', path: readonly string[]): unknown[] {
  if (witness !== undefined) return valuesAt(what === 'fields' ? witness.payload : witness.headers, path);
  return rule === 'field-required' || rule === 'header-required' ? [undefined] : [];
}

const INDEX = /^(?:\d+|\*)$/;

/** Whether a field is within the one of a finding, or that one within it. */
function isOnWay({ path }: Field, found: readonly string[]): boolean {
  return path.slice(0, found.length).every((step, index) => {
    const name = found[index] ?? '';
    if (step === ITEMS) return INDEX.test(name);
    // These stand for any name.
    return step === name || name === '*' || name === OTHER_NAME;
  });
}

const isWithin = (field: Field, found: readonly string[]) => field.path.length >= found.length && isOnWay(field, found);

/** Returns the values at a path, those of all items of lists; undefined for each that is missing in its object. */
function valuesAt(value: unknown, [step, ...rest]: readonly string[]): unknown[] {
  if (step === undefined) return [value];
  if (typeof value !== 'object' || value === null) return [];
  const isList = Array.isArray(value);
  if (step === '*' || (isList && INDEX.test(step)))
    return Object.values(value).flatMap((item: unknown) => valuesAt(item, rest));
  if (isList) return [];
  const inner = Object.hasOwn(value, step) ? (value as Readonly<Record<string, unknown>>)[step] : undefined;
  return rest.length === 0 || inner !== undefined ? valuesAt(inner, rest) : [];
}
