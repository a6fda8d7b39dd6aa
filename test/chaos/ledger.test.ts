/** Each check of the ledger can fail: a run that is as promised, and a forgery for each thing that it has to find. */
import { describe, expect, it } from '@jest/globals';
import { petStatus } from '../../generated/contract/channels/pet-status.ts';
import { created } from '../../generated/contract/messages/pet-status.ts';
import type { TopicRecord } from '../../scripts/kafka/read-topics.ts';
import { deadLetterOf } from '../../src/consumer/dead-letter.ts';
import { newPet } from '../../src/domain/creation.ts';
import { NOT_SPAWNED } from '../../src/domain/pet.ts';
import { petCommands } from '../../src/handlers/pet-command.ts';
import { award, command, spawn, TENANT } from '../support/commands.ts';
import type { Seen } from '../support/rig.ts';
import { factsOf } from '../support/facts.ts';
import { audit } from './ledger.ts';
import type { Run } from './ledger.ts';
import { Model } from './model.ts';
import type { Told } from './model.ts';
import { newPetOf, traceparentOf } from './stream.ts';

const facts = factsOf({});
const owner = { tenant: TENANT, ownerId: 7 };
const before = new Map(
  [1, 2].map((id) => {
    const pet = {
      ...newPet({ ownerId: 7, templateId: 5_000_017 }, Date.now()),
      id,
      slot: NOT_SPAWNED,
      excludes: [],
      createdAt: 0,
    };
    return [id, { tenantId: TENANT.TENANT_ID, pet }];
  }),
);
const BORN = 3;
const post = { owner, traceparent: traceparentOf(0, 'post'), petId: BORN };

type Forged = { -readonly [Name in keyof Seen]: Seen[Name] };
interface Forgery extends Run {
  seen: Forged[];
}

/** What a service that keeps its promises makes of some commands, a broken one, and a POST. */
function honestRun(): Forgery {
  const sent = [award(1, 2), spawn(7, 2), spawn(9, 1), award(2, 1), spawn(9, 2)].map((message) => command(message));
  const broken = { ...command(award(1, 1)), value: Buffer.from('{') };
  const commands = [...sent, broken].map(({ key, value, headers }, index): TopicRecord => {
    return {
      topic: 'commands',
      partition: 0,
      offset: BigInt(index),
      timestamp: 0,
      key,
      value,
      headers: bytes(headers),
    };
  });
  const model = new Model(before, facts);
  const told = commands.flatMap((record): readonly Told[] => {
    const task = petCommands.decode(record);
    if (task.kind === 'task') return model.apply(task, record).told;
    if (task.kind === 'skip') return [];
    return [
      deadLetterOf('group', { topic: 'commands', partition: 0 }, record, {
        reason: task.code,
        message: '',
        attempts: 0,
      }),
    ];
  });
  model.create(TENANT.TENANT_ID, BORN, newPetOf(owner));
  const event = petStatus.encode(created({ petId: BORN, ownerId: 7 }), { ...TENANT, traceparent: post.traceparent });
  const seen = [...told, { channel: petStatus.name, record: event }].map(({ channel, record }, index): Forged => {
    const stamps = channel === 'deadLetter' ? {} : { MESSAGE_ID: `id ${String(index)}`, SEQUENCE: String(index + 1) };
    const headers = bytes({ ...record.headers, ...stamps });
    return { ...record, channel, topic: channel, partition: 0, offset: BigInt(index), timestamp: 0, headers };
  });
  const decode = (record: TopicRecord) => petCommands.decode(record);
  return { before, after: model.pets, sessions: new Map(), commands, decode, posts: [post], seen, facts };
}

function bytes(headers: Readonly<Record<string, unknown>>): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value as string)]));
}

const letter = ({ seen }: Forgery) => seen.findIndex(({ channel }) => channel === 'deadLetter');
const rejections = ({ seen }: Forgery) => seen.filter(({ channel }) => channel === 'petCommandStatus');

/** Another one at this place. */
function forge(run: Forgery, index: number, change: (record: Forged) => Partial<Forged>): void {
  const record = run.seen[index];
  if (record !== undefined) run.seen[index] = { ...record, ...change(record) };
}

const withHeader =
  (name: string, text: string) =>
  ({ headers }: Forged) => ({
    headers: { ...headers, [name]: Buffer.from(text) },
  });

function swap(run: Forgery, one: number, other: number): void {
  [run.seen[one], run.seen[other]] = [run.seen[other] as Forged, run.seen[one] as Forged];
}

it('finds nothing where all is as promised, and counts it', () => {
  const run = honestRun();
  expect(audit(run)).toEqual({
    applied: 3,
    rejected: 2,
    deadLetters: 1,
    skipped: 0,
    created: 1,
    copies: 0,
    findings: [],
  });
  run.seen.push(...run.seen.slice(0, 2));
  expect(audit(run)).toMatchObject({ copies: 2, findings: [] });
});

describe('finds', () => {
  // Places in `seen`: LEVEL and CLOSENESS of the first award, SLOT and SPAWNED, a rejection, ...
  it.each<[string, (run: Forgery) => void, RegExp]>([
    ['a command of which nothing came', (run) => run.seen.splice(0, 2), /commands\/0\/0 is lost/],
    ['a command of which not everything came', (run) => run.seen.splice(1, 1), /should tell/],
    ['a dead letter that is missing', (run) => run.seen.splice(letter(run), 1), /is lost/],
    [
      'a command that was applied twice',
      (run) => {
        run.seen.push(
          ...run.seen.slice(0, 2).map((record, index) => {
            const stamps = bytes({ MESSAGE_ID: `again ${String(index)}`, SEQUENCE: String(100 + index) });
            return { ...record, headers: { ...record.headers, ...stamps } };
          }),
        );
      },
      /more than once/,
    ],
    [
      'events in another order',
      (run) => {
        swap(run, 0, 1);
      },
      /inversion/,
    ],
    [
      'commands of a lane in another order',
      (run) => {
        for (const index of [0, 1]) forge(run, index, withHeader('SEQUENCE', String(50 + index)));
        run.seen.push(...run.seen.splice(0, 2));
      },
      /overtaken/,
    ],
    [
      'rejections in another order',
      (run) => {
        const [first, second] = rejections(run).map((record) => run.seen.indexOf(record));
        swap(run, first ?? 0, second ?? 0);
      },
      /told of late/,
    ],
    [
      'an event of something that nobody sent',
      (run) => {
        forge(run, 0, withHeader('traceparent', 'x'));
      },
      /never sent/,
    ],
    [
      'an event with another key',
      (run) => {
        forge(run, 0, () => ({ key: Buffer.from('x') }));
      },
      /should tell/,
    ],
    [
      'an event with another region',
      (run) => {
        forge(run, 0, withHeader('REGION', 'x'));
      },
      /should tell/,
    ],
    [
      'an event in another partition',
      (run) => {
        forge(run, 0, () => ({ partition: 1 }));
      },
      /two partitions/,
    ],
    [
      'a copy that differs',
      (run) => {
        run.seen.push(run.seen[0] as Forged);
        forge(run, run.seen.length - 1, () => ({ value: Buffer.from('{"ownerId": 7}') }));
      },
      /differ/,
    ],
    [
      'a copy with a new number',
      (run) => {
        run.seen.push(run.seen[0] as Forged);
        forge(run, run.seen.length - 1, withHeader('SEQUENCE', '99'));
      },
      /looks new/,
    ],
    [
      'a dead letter for another reason',
      (run) => {
        forge(run, letter(run), withHeader('DEAD_LETTER_REASON', 'UNKNOWN_TYPE'));
      },
      /is a dead letter/,
    ],
    [
      'a dead letter with other bytes',
      (run) => {
        forge(run, letter(run), () => ({ value: null }));
      },
      /changed/,
    ],
    ['a created pet without its event', (run) => run.seen.pop(), /no CREATED/],
  ])('%s', (_what, tamper, finding) => {
    const run = honestRun();
    tamper(run);
    expect(audit(run).findings).toContainEqual(expect.stringMatching(finding));
  });

  it('a pet that is stored otherwise', () => {
    const run = honestRun();
    const after = new Map(run.after);
    const one = after.get(1);
    if (one !== undefined) after.set(1, { ...one, pet: { ...one.pet, fullness: 3 } });
    expect(audit({ ...run, after }).findings).toEqual(['pet 1 is stored otherwise than its events tell']);
  });
});
