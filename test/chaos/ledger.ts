/**
 * Accounts for everything that was sent, against a model that does the same in the order that SEQUENCE tells: each
 * record was applied, rejected, set aside or skipped, once. What tells nothing is seen by what it leaves: sessions.
 */
import { isDeepStrictEqual } from 'node:util';
import { deadLetter } from '../../generated/contract/channels/dead-letter.ts';
import { petCommandStatus } from '../../generated/contract/channels/pet-command-status.ts';
import { petStatus } from '../../generated/contract/channels/pet-status.ts';
import type { RecordHeaders } from '../../generated/contract/record.ts';
import type { TopicRecord } from '../../scripts/kafka/read-topics.ts';
import type { Session } from '../../src/domain/session.ts';
import type { Decoded } from '../../src/handlers/task.ts';
import type { Facts } from '../../src/reference/facts.ts';
import { header, json } from '../support/commands.ts';
import type { Seen } from '../support/rig.ts';
import { Model } from './model.ts';
import type { Known, Told } from './model.ts';
import { ownerKey, readAll, sequenceOf } from './reading.ts';
import { newPetOf } from './stream.ts';
import type { Owner } from './stream.ts';

/** A POST that was tried. */
export interface Post {
  readonly owner: Owner;
  readonly traceparent: string;
  /** The pet that the answer names; undefined where there was none, or a refusal. */
  readonly petId?: number | undefined;
}

export interface Run {
  /** The pets before and after, by id. */
  readonly before: ReadonlyMap<number, Known>;
  readonly after: ReadonlyMap<number, Known>;
  /** Where characters are in the end, by tenant and character. */
  readonly sessions: ReadonlyMap<string, Session>;
  /** What lies on the consumed topics, per partition in order. */
  readonly commands: readonly TopicRecord[];
  /** What a record is to the handler of its topic. */
  decode(record: TopicRecord): Decoded;
  readonly posts: readonly Post[];
  /** What the service published. */
  readonly seen: readonly Seen[];
  readonly facts: Facts;
}

export interface Audit {
  readonly applied: number;
  readonly rejected: number;
  readonly deadLetters: number;
  readonly skipped: number;
  readonly created: number;
  /** Further copies of what was published. */
  readonly copies: number;
  /** What is not as promised; at best nothing. */
  readonly findings: readonly string[];
}

export function audit(run: Run): Audit {
  const { first, copies, findings } = readAll(run.seen);
  const book = new Book(run, first);
  book.letters(first.filter(({ channel }) => channel === deadLetter.name));
  book.rejections(first.filter(({ channel }) => channel === petCommandStatus.name));
  const told = first.filter(({ channel }) => channel !== deadLetter.name);
  for (const [owner, events] of Map.groupBy(told, (record) => book.ownerOf(record))) book.history(owner, events);
  book.close();
  return { ...book.counts, copies, findings: [...findings, ...book.findings] };
}

class Book {
  readonly findings: string[] = [];
  readonly counts = { applied: 0, rejected: 0, deadLetters: 0, skipped: 0, created: 0 };
  readonly #run: Run;
  readonly #model: Model;
  /** Whose pet it is, those that will be created included. */
  readonly #owners: Map<number, string>;
  readonly #byTrace: ReadonlyMap<string, TopicRecord>;
  readonly #posts: ReadonlyMap<string, Post>;
  /** Records that are not accounted for yet, by place. */
  readonly #open: Map<string, TopicRecord>;

  constructor(run: Run, first: readonly Seen[]) {
    this.#run = run;
    this.#model = new Model(run.before, run.facts);
    this.#owners = new Map(
      [...run.before].map(([id, { tenantId, pet }]) => [id, `${tenantId}/${String(pet.ownerId)}`]),
    );
    for (const record of first.filter(({ channel }) => channel === petStatus.name)) {
      const { type, petId } = json(record) as { type: string; petId: number };
      if (type === 'CREATED') this.#owners.set(petId, ownerKey(record));
    }
    const traced = run.commands.filter(({ headers }) => headers['traceparent'] !== undefined);
    this.#byTrace = new Map(traced.map((record) => [traceOf(record), record]));
    if (this.#byTrace.size < traced.length) this.findings.push('the rig has sent a record twice');
    this.#posts = new Map(run.posts.map((post) => [post.traceparent, post]));
    this.#open = new Map(run.commands.map((record) => [placeOf(record), record]));
  }

  /** Whose history a record belongs to; a rejection names none: it is the pet's owner, if its tenant has that pet. */
  ownerOf(record: Seen): string {
    if (record.channel !== petCommandStatus.name) return ownerKey(record);
    const { petId } = json(record) as { petId: number };
    const owner = this.#owners.get(petId);
    const tenant = `${header(record, 'TENANT_ID') ?? ''}/`;
    return owner?.startsWith(tenant) === true ? owner : `${tenant}nobody's ${String(petId)}`;
  }

  letters(letters: readonly Seen[]): void {
    const inOrder = this.#streams();
    for (const letter of letters) {
      const place = ['TOPIC', 'PARTITION', 'OFFSET'].map((name) => header(letter, `DEAD_LETTER_${name}`));
      const source = this.#settle(place.join('/'), 'dead letter');
      if (source === undefined) continue;
      this.counts.deadLetters += 1;
      inOrder(source, letter);
      const reason = header(letter, 'DEAD_LETTER_REASON') ?? '';
      if (this.#reasonOf(source) !== reason) {
        this.#find(source, `is a dead letter ${reason}: ${header(letter, 'DEAD_LETTER_MESSAGE') ?? ''}`);
      }
      const isOurs = (name: string) => name.startsWith('DEAD_LETTER_');
      if (!isDeepStrictEqual(bytesOf(source), bytesOf(letter, isOurs)))
        this.#find(source, 'is changed in its dead letter');
    }
  }

  /** Rejections keep the order of the partition that they come from. */
  rejections(rejections: readonly Seen[]): void {
    const inOrder = this.#streams();
    for (const rejection of rejections) {
      const source = this.#byTrace.get(traceOf(rejection));
      if (source !== undefined) inOrder(source, rejection);
    }
  }

  /** What happened to one owner's pets, in the order of SEQUENCE: each cause told once, its events together. */
  history(owner: string, records: readonly Seen[]): void {
    const lanes = new Map<string, bigint>();
    for (const events of runsOf(records.toSorted((a, b) => Number(sequenceOf(a) - sequenceOf(b))))) {
      const [{ headers }] = events;
      const trace = traceOf({ headers });
      const post = this.#posts.get(trace);
      const cause = this.#byTrace.get(trace);
      if (post !== undefined) {
        this.#created(post, events);
      } else if (cause === undefined) {
        this.findings.push(`${owner}: events of what was never sent, ${trace}`);
      } else {
        const lane = laneOf(cause);
        if (cause.offset < (lanes.get(lane) ?? 0n)) this.#find(cause, 'was overtaken in its lane');
        lanes.set(lane, cause.offset);
        if (this.#settle(placeOf(cause), 'event') !== undefined) this.#apply(cause, events);
      }
    }
  }

  /** Why a record has to be set aside; undefined where it has not. */
  #reasonOf(source: TopicRecord): string | undefined {
    const decoded = this.#run.decode(source);
    if (decoded.kind === 'invalid') return decoded.code;
    if (decoded.kind === 'skip') return undefined;
    return this.#model.apply(decoded, source).kind === 'ambiguous' ? 'AMBIGUOUS_ASSET' : undefined;
  }

  /** What tells nothing: types that are skipped, and where characters are. */
  #silent(record: TopicRecord): void {
    const decoded = this.#run.decode(record);
    if (decoded.kind === 'skip') this.counts.skipped += 1;
    else if (decoded.kind === 'task' && decoded.subject === undefined) this.counts.applied += 1;
    else this.#find(record, 'is lost');
  }

  /** Where characters are after all that was told of them, in the order of their partitions. */
  #sessions(): ReadonlyMap<string, Session> {
    const model = new Model(new Map(), this.#run.facts);
    for (const record of this.#run.commands) {
      const decoded = this.#run.decode(record);
      if (decoded.kind === 'task' && decoded.rejection === undefined) model.apply(decoded, record);
    }
    return model.sessions;
  }

  /** Whatever is still open, and wherever the stored pets are not those of the model. */
  close(): void {
    for (const record of this.#open.values()) this.#silent(record);
    const sessions = this.#sessions();
    for (const key of new Set([...sessions.keys(), ...this.#run.sessions.keys()])) {
      if (!isDeepStrictEqual(sessions.get(key), this.#run.sessions.get(key))) {
        this.findings.push(`session ${key} is stored otherwise than was told`);
      }
    }
    for (const { petId } of this.#posts.values()) {
      if (petId !== undefined && !this.#owners.has(petId)) this.findings.push(`pet ${String(petId)} has no CREATED`);
    }
    const { pets } = this.#model;
    for (const id of new Set([...pets.keys(), ...this.#run.after.keys()])) {
      if (!isDeepStrictEqual(pets.get(id), this.#run.after.get(id))) {
        this.findings.push(`pet ${String(id)} is stored otherwise than its events tell`);
      }
    }
  }

  #apply(cause: TopicRecord, events: readonly Seen[]): void {
    const task = this.#run.decode(cause);
    if (task.kind !== 'task') {
      this.#find(cause, 'is none to apply, and has events');
      return;
    }
    const { told, kind } = this.#model.apply(task, cause);
    this.counts[kind === 'rejected' ? 'rejected' : 'applied'] += 1;
    const [expected, actual] = [told.map(expectedOf), events.map(actualOf)];
    if (isDeepStrictEqual(expected, actual)) return;
    this.#find(cause, `should tell ${JSON.stringify(expected)} and tells ${JSON.stringify(actual)}`);
  }

  #created({ owner, petId }: Post, events: readonly Seen[]): void {
    const [event] = events.map((record) => json(record) as { type: string; petId: number });
    if (events.length !== 1 || event?.type !== 'CREATED' || (petId !== undefined && petId !== event.petId)) {
      this.findings.push(`a POST has other events than one CREATED: ${JSON.stringify(events.map(json))}`);
      return;
    }
    this.counts.created += 1;
    this.#model.create(owner.tenant.TENANT_ID, event.petId, newPetOf(owner));
  }

  /** Crosses a record off. @returns nothing where it was crossed off before. */
  #settle(place: string, by: string): TopicRecord | undefined {
    const record = this.#open.get(place);
    if (record === undefined) this.findings.push(`${place} is accounted for more than once, now by a further ${by}`);
    this.#open.delete(place);
    return record;
  }

  /** Notices where what comes of a partition's records is in another order than they are. */
  #streams() {
    const last = new Map<string, bigint>();
    return (source: TopicRecord, { partition }: Seen) => {
      const stream = `${laneOf(source)} to ${String(partition)}`;
      if (source.offset < (last.get(stream) ?? 0n)) this.#find(source, 'is told of late');
      last.set(stream, source.offset);
    };
  }

  #find(record: TopicRecord, what: string): void {
    this.findings.push(`${placeOf(record)} ${what}: ${String(record.value)}`);
  }
}

/** Neighbours with the same trace together. */
function runsOf(records: readonly Seen[]): [Seen, ...Seen[]][] {
  const runs: [Seen, ...Seen[]][] = [];
  for (const record of records) {
    const run = runs.at(-1);
    if (run !== undefined && traceOf(run[0]) === traceOf(record)) run.push(record);
    else runs.push([record]);
  }
  return runs;
}

/** A message as it should be, to be compared with {@link actualOf}: all but what is stamped on it when it is sent. */
function expectedOf({ channel, record }: Told) {
  return { channel, ...bytesOf(record) };
}

function actualOf(record: Seen) {
  return { channel: record.channel, ...bytesOf(record, (name) => name === 'MESSAGE_ID' || name === 'SEQUENCE') };
}

/** Where a pet comes out: of movements no order towards commands is promised, and the model has none. */
const WHERE = /"x":-?\d+,"y":-?\d+,"stance":\d+,"fh":-?\d+/;
const SOMEWHERE = '"x, y, stance and fh"';

/** Key, value and headers as text that shows every byte, without some of the headers. */
function bytesOf(
  { key, value, headers }: { key: Buffer | null; value: Buffer | null; headers: RecordHeaders },
  without: (name: string) => boolean = () => false,
) {
  const others = Object.entries(headers).filter(([name]) => !without(name));
  return {
    key: key?.toString('hex'),
    value: value?.toString('latin1').replace(WHERE, SOMEWHERE),
    headers: Object.fromEntries(others.map(([name, bytes]) => [name, Buffer.from(bytes as Buffer).toString('latin1')])),
  };
}

function laneOf({ topic, partition }: TopicRecord): string {
  return `${topic}/${String(partition)}`;
}

function placeOf(record: TopicRecord): string {
  return `${laneOf(record)}/${String(record.offset)}`;
}

function traceOf({ headers }: Pick<TopicRecord, 'headers'>): string {
  return String(headers['traceparent']);
}
