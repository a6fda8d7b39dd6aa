/** The ledger's part of what nobody asked for: hunger and expiration. */
import type { TenantHeaders } from '../../generated/contract/headers.ts';
import type { MessageHeaders } from '../../src/context.ts';
import type { Seen } from '../support/rig.ts';
import type { Hunger, Unit } from './journal.ts';
import type { Run } from './ledger.ts';
import type { Model, Outcome } from './model.ts';
import { difference, traceOf } from './records.ts';
import { ownerKey, sequenceOf } from './reading.ts';

/** Milliseconds by which a sweep may be late in the end, when nobody is killed or held up. */
export const LATE = 3_000;
/**
 * Milliseconds by which the service's time may be behind that of whoever sends: its reading of the database's clock is behind
 * by as much as the statement took. Less than an interval of hunger.
 */
const CLOCK_LAG = 500;
/** A unit of work that has told something commits within so many milliseconds, or never: the server ends it. */
const COMMITS_WITHIN = 10_000;

export class Sweeps {
  readonly counts = { hungers: 0, expirations: 0 };
  readonly #run: Run;
  readonly #model: Model;
  /** Hungers that are not accounted for yet, by owner, in order. */
  readonly #open: Map<string, Hunger[]>;
  /** Units that told something of an owner. */
  readonly #told: ReadonlySet<string>;
  /** When nobody of an owner's was known to be out last; Infinity where that is so now. */
  readonly #empty = new Map<string, number>();
  readonly #tenants: ReadonlyMap<string, readonly TenantHeaders[]>;
  readonly #traces: ReadonlySet<string>;
  readonly #find: (finding: string) => void;

  /**
   * @param model as it is when something is asked of it.
   * @param told all events.
   * @param begins when characters were heard of first.
   * @param find told what is not as promised.
   */
  constructor(
    run: Run,
    model: Model,
    told: readonly Seen[],
    begins: ReadonlyMap<string, number>,
    find: (finding: string) => void,
  ) {
    this.#run = run;
    this.#model = model;
    this.#find = find;
    const { units, hungers } = run.journal;
    this.#open = Map.groupBy(hungers, ({ owner }) => owner);
    this.#told = new Set(
      told.flatMap((record) => {
        const unit = units.get(sequenceOf(record));
        return unit === undefined ? [] : [keyOf(ownerKey(record), unit)];
      }),
    );
    const sent = run.commands.map((record) => traceOf(record));
    this.#traces = new Set([...sent, ...run.posts.map(({ traceparent }) => traceparent)].map(traceIdOf));
    this.#tenants = tenantsOf(run);
    for (const owner of this.#open.keys()) this.saw(owner, undefined);
    this.#pace(begins);
  }

  /** Events that belong to a trace that nobody sent. */
  caused(owner: string, unit: Unit, events: readonly [Seen, ...Seen[]]): void {
    const traceparent = traceOf(events[0]);
    if (!/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/.test(traceparent) || this.#traces.has(traceIdOf(traceparent))) {
      this.#find(`${owner}: events of what was never sent, ${traceparent}`);
      return;
    }
    const [tenantId = '', ownerId] = owner.split('/');
    const open = this.#open.get(owner) ?? [];
    const hunger = open.find(({ unit: { id } }) => id === unit.id);
    const outcomes = (this.#tenants.get(tenantId) ?? []).flatMap((tenant): Outcome[] => {
      const context: MessageHeaders = { ...tenant, traceparent };
      if (hunger !== undefined) return [this.#model.hunger(context, Number(ownerId))];
      return this.#model.expirations(context, Number(ownerId), unit.began);
    });
    const differences = outcomes.map(({ told }) => difference(told, events, this.#run.facts));
    const outcome = outcomes[differences.indexOf(undefined)];
    if (outcome === undefined) {
      const what = hunger === undefined ? 'what nothing has caused' : 'hunger';
      const why = differences.at(-1) ?? 'its tenant was never seen';
      this.#find(`${owner}: ${what} at ${String(sequenceOf(events[0]))} ${why}`);
      // What it looks like is taken all the same: what follows from it would hide what is wrong.
      const likely = (this.#tenants.get(tenantId) ?? []).map((tenant) =>
        this.#model.hunger({ ...tenant, traceparent }, Number(ownerId)),
      );
      const alike = likely.find(({ told }) => difference(told, events, this.#run.facts) === undefined);
      if (alike !== undefined) this.#model.take(alike);
      return;
    }
    this.#model.take(outcome);
    if (hunger === undefined) this.counts.expirations += 1;
    else {
      this.counts.hungers += 1;
      open.splice(open.indexOf(hunger), 1);
    }
  }

  /** Hunger that told nothing before this event of the owner: there was nothing to tell. */
  quiet(owner: string, before: bigint): void {
    const open = this.#open.get(owner) ?? [];
    const quiet = open.filter(({ after, unit }) => after < before && !this.#told.has(keyOf(owner, unit)));
    for (const hunger of quiet) {
      open.splice(open.indexOf(hunger), 1);
      const [TENANT_ID = '', ownerId] = owner.split('/');
      const context = { TENANT_ID, REGION: '-', MAJOR_VERSION: 0, MINOR_VERSION: 0, traceparent: '-' };
      const { told } = this.#model.hunger(context, Number(ownerId));
      // Of whom nobody seemed to be out the owner is not locked, and somebody may have come out meanwhile.
      const wasNobodyOut = !hunger.isLocked && (this.#empty.get(owner) ?? Infinity) + COMMITS_WITHIN >= hunger.was;
      if (told.length === 0 || wasNobodyOut) continue;
      const what = told.map(({ record }) => String(record.value)).join(', ');
      this.#find(`${owner}: hunger after ${String(hunger.after)} was skipped, it tells nothing of ${what}`);
    }
  }

  /** The owner's pets are as this unit has left them. */
  saw(owner: string, unit: Unit | undefined): void {
    const [tenantId = '', ownerId] = owner.split('/');
    const empty = this.#empty.get(owner) ?? Infinity;
    if (this.#model.out(tenantId, Number(ownerId)).length === 0) this.#empty.set(owner, Infinity);
    else if (empty === Infinity) this.#empty.set(owner, unit?.began ?? -Infinity);
  }

  /** What is left, and what is due and was never looked at. */
  close(): void {
    for (const [owner, hungers] of this.#open) {
      this.quiet(owner, 2n ** 63n);
      for (const { after } of hungers) this.#find(`${owner}: hunger after ${String(after)} is not told`);
    }
    const { ended, due, after } = this.#run;
    for (const [owner, at] of due) {
      if (at < ended - LATE) this.#find(`${owner}: hunger is due for ${String(ended - at)} ms`);
    }
    for (const [id, { pet }] of after) {
      const since = ended - (pet.expiration ?? Infinity);
      if (pet.slot >= 0 && since > LATE) this.#find(`pet ${id} is out, expired for ${String(since)} ms`);
    }
  }

  /** Hunger comes so long after the last, exactly, or after the session's start. */
  #pace(begins: ReadonlyMap<string, number>): void {
    const { hungerInterval: interval, dueBefore } = this.#run;
    for (const [owner, hungers] of this.#open) {
      let next = dueBefore.get(owner);
      for (const { was, due, unit } of hungers) {
        const now = due - interval;
        // Otherwise another session has begun meanwhile.
        if (was !== next && was - interval < (begins.get(owner) ?? Infinity) - CLOCK_LAG) {
          this.#find(`${owner}: hunger was due before the session had lasted for an interval`);
        }
        if (now < was || now > unit.began) {
          this.#find(`${owner}: hunger came ${now < was ? 'too soon' : 'later than it says'}: ${String(now)}`);
        }
        next = due;
      }
    }
  }
}

/** The headers that were sent of each tenant. */
function tenantsOf({ commands, decode, posts }: Run): Map<string, TenantHeaders[]> {
  const tasks = commands.map((record) => decode(record)).filter((decoded) => decoded.kind === 'task');
  const all = [...tasks.map(({ context }) => context), ...posts.map(({ owner }) => owner.tenant)].map((headers) => {
    const { TENANT_ID, REGION, MAJOR_VERSION, MINOR_VERSION } = headers;
    return { TENANT_ID, REGION, MAJOR_VERSION, MINOR_VERSION };
  });
  const distinct = [...new Map(all.map((headers) => [JSON.stringify(headers), headers])).values()];
  return Map.groupBy(distinct, ({ TENANT_ID }) => TENANT_ID);
}

function keyOf(owner: string, { id }: Unit): string {
  return `${owner} ${String(id)}`;
}

function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}
