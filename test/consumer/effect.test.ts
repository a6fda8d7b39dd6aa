/** What a decision changes in memory: everything, or nothing if something of it must not be. */
import { expect, it } from '@jest/globals';
import { effectOf } from '../../src/consumer/effect.ts';
import type { Unit } from '../../src/consumer/effect.ts';
import { Lane } from '../../src/consumer/lane.ts';
import { change, changed } from '../../src/domain/pet.ts';
import type { Decision } from '../../src/domain/pet.ts';
import type { OwnerSubject, Task } from '../../src/handlers/task.ts';
import { characterKey } from '../../src/keys.ts';
import { Knowledge } from '../../src/reference/facts.ts';
import { Rosters } from '../../src/unit-of-work/rosters.ts';
import type { Target } from '../../src/unit-of-work/rosters.ts';
import { Sessions } from '../../src/unit-of-work/sessions.ts';
import { OWNER, pet } from '../domain/given.ts';
import { TENANT } from '../support/commands.ts';
import { referencesOf } from '../support/facts.ts';
import { fetchedOf } from '../support/fetched.ts';

const tenantId = TENANT.TENANT_ID;
const SESSION = { worldId: 0, channelId: 1, mapId: 2, instance: '00000000-0000-0000-0000-000000000000' };
const POSITION = { x: 1, y: 2, stance: 3, fh: 4 };
const VIEWED: Target = { tenantId, petId: 1, load: ['position', 'session'] };

/** Applies a decision about an owner with one pet, whose position is known. */
function apply(decision: Decision, load: OwnerSubject['load']) {
  const rosters = new Rosters();
  rosters.add(tenantId, pet(1, { slot: 0 }));
  rosters.addPositions(new Map([[1, { position: POSITION, session: undefined }]]));
  const sessions = new Sessions();
  if (load.includes('lastSessionEventAt')) {
    sessions.addClocks(new Map([[characterKey(tenantId, OWNER), undefined]]), 0);
  }
  const references = referencesOf({});
  const publisher = { isFull: () => false };
  const unit: Unit = {
    context: { group: 'group', publisher, handlers: new Map(), references, forwardedHeaders: [] },
    rosters,
    sessions,
    now: 0,
    outbox: [],
  };
  const lane = new Lane({ topic: 't', partition: 0, next: 0n, lastApplied: undefined, last: undefined });
  lane.push(fetchedOf([{ offset: 0n, timestamp: 0, key: null, value: null, headers: {} }]));
  const [queued] = lane.first(1);
  if (queued === undefined) throw new Error('nothing is queued');
  const context = { ...TENANT, traceparent: '', forwarded: {} };
  const task: Task = { kind: 'task', context, subject: { ownerId: OWNER, load }, prefetch: [], decide: () => decision };
  queued.decode(task, new Knowledge(references, context));
  const effect = effectOf(unit, lane, queued);
  return { effect, rosters, sessions, error: effect === undefined ? queued.lastError : undefined };
}

const level2 = change(pet(1), { level: 2 });
const sessionChange = (forgetsPositions: boolean) => ({
  characterId: OWNER,
  session: SESSION,
  eventAt: 5,
  forgetsPositions,
});

it.each([
  [true, undefined],
  [false, POSITION],
])('positions are forgotten in memory as in the database: %p', (forgetsPositions, position) => {
  const decision = { ...changed([], []), session: sessionChange(forgetsPositions) };
  const { effect, rosters, sessions } = apply(decision, ['lastSessionEventAt']);
  expect(effect).toEqual({ outcome: 'changed', entries: [] });
  expect(rosters.view(VIEWED).position).toEqual(position);
  expect(sessions.owners).toHaveLength(forgetsPositions ? 1 : 0);
});

it('changes no pet if the session must not be changed', () => {
  const { rosters, sessions, error } = apply({ ...changed([level2], []), session: sessionChange(true) }, ['ownedPets']);
  expect(error).toContain('is not locked');
  expect([rosters.changed, sessions.hasChanges]).toEqual([[], false]);
});

it.each([
  ['is changed', { ...changed([level2, change(pet(2), { level: 2 })], []) }],
  ['is deleted', { ...changed([level2], [], [pet(2)]) }],
])('changes nothing if a pet %s that is not loaded', (_name, decision) => {
  const { rosters, sessions, error } = apply({ ...decision, session: sessionChange(true) }, ['lastSessionEventAt']);
  expect(error).toContain('never loaded');
  expect([rosters.changed, rosters.deleted, sessions.hasChanges]).toEqual([[], [], false]);
});
