/** The services that ours asks go away and come back, each in another way, while the others go on: promise 6. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { assetStatus } from '../../generated/contract/channels/asset-status.ts';
import { deadLetter } from '../../generated/contract/channels/dead-letter.ts';
import { newTraceparent } from '../../generated/contract/headers.ts';
import type { Channel } from '../../generated/contract/record.ts';
import type { PetCommand } from '../../generated/contract/messages/pet-command.ts';
import type { StubService } from '../../scripts/services/requests.ts';
import type { StubFailure } from '../../scripts/services/stub.ts';
import { award, command, header, spawn } from '../support/commands.ts';
import type { Instance } from '../support/instance.ts';
import type { Seen, Sendable } from '../support/rig.ts';
import { until } from '../support/until.ts';
import { traceOf } from './records.ts';
import { ASKED, FAILURES } from './services.ts';
import { assetOf, ownerAt, petsOf } from './stream.ts';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

const PLAYERS = 40;

let world: World;
let instance: Instance;
beforeEach(async () => {
  world = await createWorld({ services: true, players: PLAYERS });
});
afterEach(() => world.close());

/** What keeps the service from being ready, or `ok`. */
async function partOf(name: 'references' | 'hunger'): Promise<string> {
  const answer = await fetch(`${instance.url}/readyz`);
  const { parts } = (await answer.json()) as { parts: Record<string, string> };
  return parts[name] ?? '';
}
const saysWhy = async (name: 'references' | 'hunger') => (await partOf(name)).includes('REFERENCE_UNREACHABLE');
const isOk = async (name: 'references' | 'hunger') => (await partOf(name)) === 'ok';

const isTold = (records: readonly Seen[], sent: readonly Sendable[]) => {
  const told = new Set(records.map(traceOf));
  return sent.map(({ headers }) => told.has(String(headers?.['traceparent'])));
};

/** Why records were set aside. */
const reasonsOfLetters = (records: readonly Seen[]) =>
  records.filter(({ channel }) => channel === deadLetter.name).map((letter) => header(letter, 'DEAD_LETTER_REASON'));

/** A command in a partition of our choice. */
const at = (partition: number, message: PetCommand, owner: number): Sendable => {
  return { ...command(message, ownerAt(owner).tenant), partition };
};
const petOf = (owner: number, nth: number) => petsOf(world.pets, owner)[nth]!;
const trick = (owner: number, nth: number): PetCommand => ({
  ...{ transactionId: crypto.randomUUID(), actorId: ownerAt(owner).ownerId, petId: petOf(owner, nth) },
  ...{ type: 'ATTEMPT_COMMAND', body: { commandId: 0, byName: false } },
});
const spawnOf = (owner: number, nth: number) => spawn(ownerAt(owner).ownerId, petOf(owner, nth));
const awardOf = (owner: number) => award(petOf(owner, 1), 1);
const lostBy = (owner: number): Sendable => {
  return { ...assetOf(owner, { ...ownerAt(owner).tenant, traceparent: newTraceparent() }), partition: 0 };
};

interface Outage {
  readonly service: StubService;
  readonly failure: StubFailure;
  readonly channel?: Channel;
  /** What has to know something of the service, and what is behind it in its lane. */
  waiting(): readonly Sendable[];
}

describe('while a service is away', () => {
  it('what has to ask it waits in order, the others go on, nothing is set aside, and all is done when it is back', async () => {
    const { rig } = world;
    const stub = world.services!.stub;
    const outages: Outage[] = [
      // Owners beyond the hot ones, who have nobody out at first.
      { service: 'skills', failure: 'garbage', waiting: () => [at(1, spawnOf(10, 1), 10), at(1, awardOf(10), 10)] },
      { service: 'data', failure: 'wrong-shape', waiting: () => [at(2, trick(10, 0), 10), at(2, awardOf(11), 11)] },
      { service: 'inventory', failure: 'refused', channel: assetStatus, waiting: () => [lostBy(198), lostBy(199)] },
    ];

    // Before anything was heard of the tenants no pet is looked at. Then hunger has to ask for templates.
    stub.fail('data', 'refused');
    instance = await rig.start();
    await rig.send([at(0, awardOf(10), 10), at(1, awardOf(11), 11), at(2, awardOf(12), 12)]);
    await until('hunger does not say that it waits', () => saysWhy('hunger'));
    const reasons = (records: readonly Seen[]) =>
      records.map(({ value }) => /"reason":"(\w+)"/.exec(String(value))?.[1]).filter((reason) => reason !== undefined);
    expect(reasons(await rig.seen((records) => reasons(records).length >= PLAYERS / 4))).not.toContain('HUNGER');
    stub.fail('data', undefined);
    await rig.seen((records) => reasons(records).includes('HUNGER'));
    await until('hunger is still said to wait', () => isOk('hunger'));

    const first = at(0, spawnOf(10, 0), 10);
    await rig.send([first]);
    await rig.seen((records) => isTold(records, [first]).every(Boolean));
    for (const { service, failure, channel, waiting } of outages) {
      stub.fail(service, failure);
      const held = waiting();
      await rig.send(held, channel);
      await until(`${service}: nothing is said`, () => saysWhy('references'));
      const free = [0, 1, 2, 3]
        .filter((partition) => channel !== undefined || partition !== held[0]?.partition)
        .map((partition) => at(partition, awardOf(20 + partition), 20 + partition));
      await rig.send(free);
      const seen = await rig.seen((records) => isTold(records, free).every(Boolean));
      expect(isTold(seen, held)).toEqual([false, false]);
      expect(reasonsOfLetters(seen)).toEqual([]);
      expect(await saysWhy('references')).toBe(true);
      stub.fail(service, undefined);
      expect(reasonsOfLetters(await rig.seen((records) => isTold(records, held).every(Boolean)))).toEqual([]);
      await until(`${service}: it is still said`, () => isOk('references'));
    }

    await world.underLoad(async () => {
      for (const [index, service] of ASKED.entries()) {
        // Too slow is slow to tell.
        const failure = FAILURES.filter((one) => one !== 'slow')[index]!;
        stub.fail(service, failure);
        // What the data service says is known by now.
        if (service === 'characters') await until('nobody says so', () => saysWhy('references'));
        stub.fail(service, undefined);
      }
    });
    const { findings, copies } = await world.audit();
    expect({ findings, copies }).toEqual({ findings: [], copies: 0 });
    expect(stub.violations).toEqual([]);
  });
});
