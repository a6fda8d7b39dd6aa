/** The part of the ledger for events that no record caused: hunger and expiration. */
import type { TenantHeaders } from '../../generated/contract/headers.js';
import type { MessageHeaders } from '../../src/context.ts';
import type { Seen } from '../support/rig.ts';
import type { Hunger, Unit } from './journal.ts';
import type { Run } from './ledger.ts';
import type { Model, Outcome } from './model.ts';
import { difference, traceOf } from './records.ts';
import { ownerKey, sequenceOf } from './reading.ts';

/** How late a sweep may be in the end, when no instance is killed or blocked. */
export const MAX_LATENESS_MS = 3_000;
/**
 * How far the service's clock may be behind the sender's: its reading of the database's clock is behind by as much as the
 * statement took. Less than an interval of hunger.
 */
const MAX_CLOCK_LAG_MS = 500;
/** A unit of work that has written events commits within this time, or never: the server ends it. */
const MAX_COMMIT_DELAY_MS = 10_000;

export class Sweeps {
  readonly counts = { hungers: 0, expirations: 0 };
  readonly #run: Run;
  readonly #model: Model;
  /** Hungers that are not accounted for yet, by owner, in order. */
  readonly #open: Map<string, Hunger[]>;
  /** Units of work that have written events of an owner. */
  readonly #withEvents: ReadonlySet<string>;
  /** Until when an owner had no spawned pet, as far as is known; Infinity if it has none now. */
  readonly #withoutSpawnedUntil = new Map<string, number>();
  readonly #tenants: ReadonlyMap<string, readonly TenantHeaders[]>;
  readonly #traces: ReadonlySet<string>;
  readonly #find: (finding: string) => void;

  /**
   * @param model has the pets as they are when a method is called.
   * @param events all of them.
   * @param begins when the first record of each character was sent.
   * @param find takes each broken promise.
   */
  constructor(
    run: Run,
    model: Model,
    events: readonly Seen[],
    begins: ReadonlyMap<string, number>,
    find: (finding: string) => void,
  ) {
    this.#run = run;
    this.#model = model;
    this.#find = find;
    const { units, hungers } = run.journal;
    this.#open = Map.groupBy(hungers, ({ owner }) => owner);
    this.#withEvents = new Set(
      events.flatMap((record) => {
        const unit = units.get(sequenceOf(record));
        return unit === undefined ? [] : [keyOf(ownerKey(record), unit)];
      }),
    );
    const sent = run.commands.map((record) => traceOf(record));
    this.#traces = new Set([...sent, ...run.posts.map(({ traceparent }) => traceparent)].map(traceIdOf));
    this.#tenants = tenantsOf(run);
    for (const owner of this.#open.keys()) this.noteSpawned(owner, undefined);
    this.#checkIntervals(begins);
  }

  /** Accounts for events with a trace that was not sent. */
  accountFor(owner: string, unit: Unit, events: readonly [Seen, ...Seen[]]): void {
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
    const differences = outcomes.map(({ expected }) => difference(expected, events, this.#run.facts));
    const outcome = outcomes[differences.indexOf(undefined)];
    if (outcome === undefined) {
      const what = hunger === undefined ? 'what nothing has caused' : 'hunger';
      const why = differences.at(-1) ?? 'its tenant was never seen';
      this.#find(`${owner}: ${what} at ${String(sequenceOf(events[0]))} ${why}`);
      // The likely cause is applied to the model all the same: its consequences would hide the finding.
      const likely = (this.#tenants.get(tenantId) ?? []).map((tenant) =>
        this.#model.hunger({ ...tenant, traceparent }, Number(ownerId)),
      );
      const alike = likely.find(({ expected }) => difference(expected, events, this.#run.facts) === undefined);
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

  /** Accounts for hunger without events before this event of the owner: no pet was spawned. */
  accountForSilent(owner: string, before: bigint): void {
    const open = this.#open.get(owner) ?? [];
    const silent = open.filter(({ after, unit }) => after < before && !this.#withEvents.has(keyOf(owner, unit)));
    for (const hunger of silent) {
      open.splice(open.indexOf(hunger), 1);
      const [TENANT_ID = '', ownerId] = owner.split('/');
      const context = { TENANT_ID, REGION: '-', MAJOR_VERSION: 0, MINOR_VERSION: 0, traceparent: '-' };
      const { expected } = this.#model.hunger(context, Number(ownerId));
      // If no pet seemed to be spawned the owner is not locked, and a pet may have been spawned meanwhile.
      const hadNoSpawnedPet =
        !hunger.isLocked && (this.#withoutSpawnedUntil.get(owner) ?? Infinity) + MAX_COMMIT_DELAY_MS >= hunger.was;
      if (expected.length === 0 || hadNoSpawnedPet) continue;
      const what = expected.map(({ record }) => String(record.value)).join(', ');
      this.#find(`${owner}: hunger after ${String(hunger.after)} was skipped, it does not produce ${what}`);
    }
  }

  /** Notes whether the owner has spawned pets after this unit of work. */
  noteSpawned(owner: string, unit: Unit | undefined): void {
    const [tenantId = '', ownerId] = owner.split('/');
    const empty = this.#withoutSpawnedUntil.get(owner) ?? Infinity;
    if (this.#model.spawnedPets(tenantId, Number(ownerId)).length === 0) this.#withoutSpawnedUntil.set(owner, Infinity);
    else if (empty === Infinity) this.#withoutSpawnedUntil.set(owner, unit?.began ?? -Infinity);
  }

  /** Finds hunger that is not accounted for, and pets that are due and were not swept. */
  close(): void {
    for (const [owner, hungers] of this.#open) {
      this.accountForSilent(owner, 2n ** 63n);
      for (const { after } of hungers) this.#find(`${owner}: hunger after ${String(after)} has no events`);
    }
    const { ended, due, after } = this.#run;
    for (const [owner, at] of due) {
      if (at < ended - MAX_LATENESS_MS) this.#find(`${owner}: hunger is due for ${String(ended - at)} ms`);
    }
    for (const [id, { pet }] of after) {
      const since = ended - (pet.expiration ?? Infinity);
      if (pet.slot >= 0 && since > MAX_LATENESS_MS) this.#find(`pet ${id} is spawned, expired for ${String(since)} ms`);
    }
  }

  /** Checks that hunger comes one interval after the last one, exactly, or after the session's start. */
  #checkIntervals(begins: ReadonlyMap<string, number>): void {
    const { hungerIntervalMs: interval, dueBefore } = this.#run;
    for (const [owner, hungers] of this.#open) {
      let next = dueBefore.get(owner);
      for (const { was, due, unit } of hungers) {
        const now = due - interval;
        // Otherwise another session has begun meanwhile.
        if (was !== next && was - interval < (begins.get(owner) ?? Infinity) - MAX_CLOCK_LAG_MS) {
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

/** Returns the headers that were sent for each tenant. */
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
