/** Each check of the ledger can fail: a run that is as promised, and a forgery for each thing that it has to find. */
import { describe, expect, it } from '@jest/globals';
import { petStatus } from '../../generated/contract/channels/pet-status.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import { created } from '../../generated/contract/messages/pet-status.js';
import type { TopicRecord } from '../../src/transport/broker-admin.ts';
import { deadLetterOf } from '../../src/consumer/dead-letter.ts';
import { newPet } from '../../src/domain/creation.ts';
import { NOT_SPAWNED } from '../../src/domain/pet.ts';
import { petCommands } from '../../src/handlers/pet-command.ts';
import type { StoredPet } from '../../src/store/tables/pet.ts';
import { award, command, spawn, TENANT } from '../support/commands.ts';
import type { Seen } from '../support/rig.ts';
import { factsOf } from '../support/facts.ts';
import type { Hunger, Unit } from './journal.ts';
import { audit } from './ledger.ts';
import type { Run } from './ledger.ts';
import { Model } from './model.ts';
import type { ExpectedRecord, Known, Outcome } from './model.ts';
import { newPetOf, traceparentOf } from './stream.ts';

const HUNGER = 6;
const facts = factsOf({
  petTemplate: () => ({ hunger: HUNGER, skills: new Map() }),
  characterPoint: () => ({ x: 7, y: -7 }),
});
const owner = { tenant: TENANT, ownerId: 7 };
/** An owner who has a spawned pet that expires then, and one that does not. */
const OTHER = 8;
const EXPIRATION = Date.UTC(2026, 0, 1);
/** When the first owner's pets get hungry. */
const HUNGRY_AT = EXPIRATION + 5_000;
const INTERVAL = 1_000;

const keyOf = (ownerId: number) => `${TENANT.TENANT_ID}/${String(ownerId)}`;
const petOf = (ownerId: number, given: Partial<StoredPet>): StoredPet => ({
  ...newPet({ ownerId, templateId: 5_000_017 }, Date.now()),
  ...{ id: 0, slot: NOT_SPAWNED, excludes: [], createdAt: 0 },
  ...given,
});
const before = new Map(
  [
    petOf(7, { id: 1 }),
    petOf(7, { id: 2 }),
    petOf(OTHER, { id: 4, slot: 0, expiration: EXPIRATION }),
    petOf(OTHER, { id: 5, slot: 1, expiration: EXPIRATION + 60_000 }),
  ].map((pet) => [pet.id, { tenantId: TENANT.TENANT_ID, pet }]),
);
const BORN = 3;
const post = { owner, pet: newPetOf(owner, 2), traceparent: traceparentOf(0, 'post'), petId: BORN };

type Forged = { -readonly [Name in keyof Seen]: Seen[Name] };
interface Forgery extends Run {
  readonly seen: Forged[];
  readonly after: Map<number, Known>;
  readonly due: Map<string, number>;
  readonly dueBefore: Map<string, number>;
  readonly journal: { readonly units: Map<bigint, Unit>; readonly hungers: Hunger[] };
}

/** What a service that keeps its promises makes of some commands, a broken one, hunger, expiration, and a POST. */
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
  const taken = (outcome: Outcome | undefined) => {
    if (outcome !== undefined) model.take(outcome);
    return outcome?.expected ?? [];
  };
  const units: (readonly ExpectedRecord[])[] = commands.map((record) => {
    const task = petCommands.decode(record);
    if (task.kind === 'task') return taken(model.outcomes(task, record, 0)[0]);
    if (task.kind === 'skip') return [];
    return [
      deadLetterOf('group', { topic: 'commands', partition: 0 }, record, {
        reason: task.code,
        message: '',
        attempts: 0,
      }),
    ];
  });
  const hungry = units.length;
  units.push(taken(model.hunger({ ...TENANT, traceparent: newTraceparent() }, 7)));
  units.push(taken(model.expirations({ ...TENANT, traceparent: newTraceparent() }, OTHER, EXPIRATION)[1]));
  model.create(TENANT.TENANT_ID, BORN, post.pet);
  const event = petStatus.encode(created({ petId: BORN, ownerId: 7 }), { ...TENANT, traceparent: post.traceparent });
  units.push([{ channel: petStatus.name, record: event }]);

  const unitOf = (index: number) => ({ id: BigInt(index), began: HUNGRY_AT });
  const records = units.flatMap((unit, index) => unit.map((one) => ({ ...one, unit: unitOf(index) })));
  const seen = records.map(({ channel, record }, index): Forged => {
    const stamps = channel === 'deadLetter' ? {} : { MESSAGE_ID: `id ${String(index)}`, SEQUENCE: String(index + 1) };
    const headers = bytes({ ...record.headers, ...stamps });
    return { ...record, channel, topic: channel, partition: 0, offset: BigInt(index), timestamp: 0, headers };
  });
  const hunger = { owner: keyOf(7), was: HUNGRY_AT - 1, due: HUNGRY_AT + INTERVAL };
  const due = new Map([7, 9].map((ownerId) => [keyOf(ownerId), hunger.due]));
  return {
    ...{ before, after: new Map(model.pets), sessionsBefore: new Map(), sessions: new Map(), facts },
    ...{ commands, decode: (record: TopicRecord) => petCommands.decode(record), posts: [post], seen },
    ...{ hungerIntervalMs: INTERVAL, due, dueBefore: new Map([...due.keys()].map((key) => [key, hunger.was])) },
    ended: HUNGRY_AT,
    journal: {
      units: new Map(records.map(({ unit }, index) => [BigInt(index + 1), unit])),
      hungers: [
        { ...hunger, unit: unitOf(hungry), isLocked: true, after: 9n },
        // No pet is spawned.
        { ...hunger, owner: keyOf(9), unit: unitOf(99), isLocked: false, after: 0n },
      ],
    },
  };
}

function bytes(headers: Readonly<Record<string, unknown>>): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value as string)]));
}

const deadLetterAt = ({ seen }: Forgery) => seen.findIndex(({ channel }) => channel === 'deadLetter');
const hunger = ({ seen }: Forgery) => seen.findIndex(({ value }) => /FULLNESS_CHANGED/.test(String(value)));
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

it('finds nothing if every promise is kept, and counts the records', () => {
  const run = honestRun();
  // Whether the session was there already is chance.
  forge(run, 3, ({ value }) => ({ value: Buffer.from(String(value).replace('"fh":1', '"fh":42')) }));
  expect(audit(run)).toEqual({
    applied: 3,
    rejected: 2,
    deadLetters: 1,
    skipped: 0,
    created: 1,
    hungers: 1,
    expirations: 1,
    copies: 0,
    findings: [],
  });
  run.seen.push(...run.seen.slice(0, 2));
  expect(audit(run)).toMatchObject({ copies: 2, findings: [] });
});

describe('finds', () => {
  // Places in `seen`: LEVEL and CLOSENESS of the first award, SLOT and SPAWNED, a rejection, ...
  it.each<[string, (run: Forgery) => void, RegExp]>([
    ['a command without events', (run) => run.seen.splice(0, 2), /commands\/0\/0 is lost/],
    ['a command without some of its events', (run) => run.seen.splice(1, 1), /should produce/],
    ['a dead letter that is missing', (run) => run.seen.splice(deadLetterAt(run), 1), /is lost/],
    [
      'a command that was applied twice',
      (run) => {
        run.seen.push(
          ...run.seen.slice(0, 2).map((record, index) => {
            const stamps = bytes({ MESSAGE_ID: `again ${String(index)}`, SEQUENCE: String(100 + index) });
            run.journal.units.set(BigInt(100 + index), { id: 100n, began: HUNGRY_AT });
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
        for (const index of [0, 1]) {
          forge(run, index, withHeader('SEQUENCE', String(50 + index)));
          run.journal.units.set(BigInt(50 + index), { id: 50n, began: HUNGRY_AT });
        }
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
      /its result too late/,
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
      /should produce/,
    ],
    [
      'an event with another region',
      (run) => {
        forge(run, 0, withHeader('REGION', 'x'));
      },
      /should produce/,
    ],
    [
      'a pet that is spawned at another position',
      (run) => {
        forge(run, 3, ({ value }) => ({ value: Buffer.from(String(value).replace('"y":-7', '"y":-8')) }));
      },
      /should produce/,
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
        forge(run, deadLetterAt(run), withHeader('DEAD_LETTER_REASON', 'UNKNOWN_TYPE'));
      },
      /is a dead letter/,
    ],
    [
      'a dead letter with other bytes',
      (run) => {
        forge(run, deadLetterAt(run), () => ({ value: null }));
      },
      /changed/,
    ],
    [
      'hunger with its events twice',
      (run) => {
        const event = run.seen[hunger(run)]!;
        const stamps = { MESSAGE_ID: 'again', SEQUENCE: '100', traceparent: newTraceparent() };
        run.seen.push({ ...event, headers: { ...event.headers, ...bytes(stamps) } });
        run.journal.units.set(100n, { id: 100n, began: HUNGRY_AT });
      },
      /at 100 should produce \[\]/,
    ],
    [
      'hunger that came twice',
      (run) => {
        const [last] = run.journal.hungers;
        run.journal.hungers.push({ ...last!, was: last!.due, due: last!.due + INTERVAL - 1 });
      },
      /too soon/,
    ],
    [
      'hunger in a session that has just begun',
      (run) => {
        run.dueBefore.clear();
      },
      /before the session had lasted/,
    ],
    ['hunger that was skipped', (run) => run.seen.splice(hunger(run), 1), /after 9 was skipped/],
    [
      'hunger that is due and not swept',
      (run) => {
        run.due.set(keyOf(9), HUNGRY_AT - 5_000);
      },
      /hunger is due for 5000 ms/,
    ],
    [
      'hunger of another amount',
      (run) => {
        forge(run, hunger(run), ({ value }) => ({ value: Buffer.from(String(value).replace('-6', '-5')) }));
      },
      /hunger at 10 should produce/,
    ],
    [
      'hunger in the name of another version',
      (run) => {
        forge(run, hunger(run), withHeader('MINOR_VERSION', '\x00\x02'));
      },
      /hunger at 10 should produce/,
    ],
    [
      'hunger with the trace of a command',
      (run) => {
        const trace = String(run.commands[0]?.headers['traceparent']);
        forge(run, hunger(run), withHeader('traceparent', `${trace.slice(0, 35)}-0000000000000001-01`));
      },
      /never sent/,
    ],
    [
      'hunger that was not swept',
      (run) => {
        run.journal.hungers.shift();
      },
      /what nothing has caused at 10/,
    ],
    [
      'expiration of a pet that has not expired',
      (run) => {
        for (const [sequence, unit] of run.journal.units) {
          run.journal.units.set(sequence, { ...unit, began: EXPIRATION - 1 });
        }
      },
      /8: what nothing has caused/,
    ],
    [
      'an expired pet that stays spawned',
      (run) => {
        const known = run.before.get(4)!;
        run.after.set(4, known);
      },
      /pet 4 is spawned, expired for 5000 ms/,
    ],
    [
      'events of one cause that two units of work committed',
      (run) => {
        run.journal.units.set(2n, { id: 77n, began: HUNGRY_AT });
      },
      /not committed by one unit of work/,
    ],
    ['a created pet without its event', (run) => run.seen.pop(), /no CREATED/],
  ])('%s', (_what, tamper, finding) => {
    const run = honestRun();
    tamper(run);
    expect(audit(run).findings).toContainEqual(expect.stringMatching(finding));
  });

  it('a pet that is not stored as its events say', () => {
    const run = honestRun();
    const one = run.after.get(1);
    if (one !== undefined) run.after.set(1, { ...one, pet: { ...one.pet, fullness: 3 } });
    expect(audit(run).findings).toEqual(['pet 1 is not stored as its events say']);
  });
});
