/** Reference services fail and recover, each in another way, while the other lanes continue: promise 6. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AnyChannel } from '../../generated/contract/channels.js';
import { assetStatus } from '../../generated/contract/channels/asset-status.js';
import { deadLetter } from '../../generated/contract/channels/dead-letter.js';
import { newTraceparent } from '../../generated/contract/headers.js';
import type { PetCommand } from '../../generated/contract/messages/pet-command.js';
import type { StubService } from '../../scripts/services/requests.ts';
import type { StubFailure } from '../../scripts/services/stub.ts';
import { award, command, header, spawn } from '../support/commands.ts';
import type { Instance } from '../support/instance.ts';
import type { Seen, Sendable } from '../support/rig.ts';
import { until } from '../support/until.ts';
import { traceOf } from './records.ts';
import { SERVICES, FAILURES } from './services.ts';
import { assetOf, ownerAt, petsOf } from './stream.ts';
import { startChaosRun } from './chaos-run.ts';
import type { ChaosRun } from './chaos-run.ts';

const PLAYERS = 40;

let chaosRun: ChaosRun;
let instance: Instance;
beforeEach(async () => {
  chaosRun = await startChaosRun({ services: true, players: PLAYERS });
});
afterEach(() => chaosRun.close());

/** Returns the state of a component from /readyz. */
async function partOf(name: 'references' | 'hunger'): Promise<string> {
  const answer = await fetch(`${instance.url}/readyz`);
  const { parts } = (await answer.json()) as { parts: Record<string, string> };
  return parts[name] ?? '';
}
const saysWhy = async (name: 'references' | 'hunger') => (await partOf(name)).includes('REFERENCE_UNREACHABLE');
const isOk = async (name: 'references' | 'hunger') => (await partOf(name)) === 'ok';

const haveResults = (records: readonly Seen[], sent: readonly Sendable[]) => {
  const traces = new Set(records.map(traceOf));
  return sent.map(({ headers }) => traces.has(String(headers?.['traceparent'])));
};

/** Returns a finding for each thing that was done although the service that it needs was down. */
const notWaitedOut = (service: StubService, done: readonly string[]) =>
  done.map((what) => `the ${service} service was not waited out: ${what}`);

/** Returns the reasons of dead letters. */
const deadLetterReasons = (records: readonly Seen[]) =>
  records.filter(({ channel }) => channel === deadLetter.name).map((record) => header(record, 'DEAD_LETTER_REASON'));

/** Returns a command for one partition. */
const at = (partition: number, message: PetCommand, owner: number): Sendable => {
  return { ...command(message, ownerAt(owner).tenant), partition };
};
const petOf = (owner: number, nth: number) => petsOf(chaosRun.pets, owner)[nth]!;
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
  readonly channel?: AnyChannel;
  /** A record that needs a fact of the service, and the next one in its lane. */
  waiting(): readonly Sendable[];
}

describe('while a reference service fails', () => {
  it('records that need it wait in order, other lanes continue, none is dead-lettered, and all are applied when it recovers', async () => {
    const { rig } = chaosRun;
    const stub = chaosRun.services!.stub;
    const outages: Outage[] = [
      // Owners without spawned pets, that the load rarely uses.
      { service: 'skills', failure: 'garbage', waiting: () => [at(1, spawnOf(10, 1), 10), at(1, awardOf(10), 10)] },
      { service: 'data', failure: 'wrong-shape', waiting: () => [at(2, trick(10, 0), 10), at(2, awardOf(11), 11)] },
      { service: 'inventory', failure: 'refused', channel: assetStatus, waiting: () => [lostBy(198), lostBy(199)] },
    ];

    // Sweeps skip a tenant until its first record is consumed. Then hunger needs the templates.
    stub.fail('data', 'refused');
    instance = await rig.start();
    await rig.send([at(0, awardOf(10), 10), at(1, awardOf(11), 11), at(2, awardOf(12), 12)]);
    await until('/readyz does not report that hunger waits', () => saysWhy('hunger'));
    const reasons = (records: readonly Seen[]) =>
      records.map(({ value }) => /"reason":"(\w+)"/.exec(String(value))?.[1]).filter((reason) => reason !== undefined);
    const early = reasons(await rig.seen((records) => reasons(records).length >= PLAYERS / 4));
    expect(
      notWaitedOut(
        'data',
        early.filter((reason) => reason === 'HUNGER'),
      ),
    ).toEqual([]);
    stub.fail('data', undefined);
    await rig.seen((records) => reasons(records).includes('HUNGER'));
    await until('/readyz still reports that hunger waits', () => isOk('hunger'));

    const first = at(0, spawnOf(10, 0), 10);
    await rig.send([first]);
    await rig.seen((records) => haveResults(records, [first]).every(Boolean));
    for (const { service, failure, channel, waiting } of outages) {
      stub.fail(service, failure);
      const held = waiting();
      await rig.send(held, channel);
      await until(`${service}: /readyz reports no outage`, () => saysWhy('references'));
      const free = [0, 1, 2, 3]
        .filter((partition) => channel !== undefined || partition !== held[0]?.partition)
        .map((partition) => at(partition, awardOf(20 + partition), 20 + partition));
      await rig.send(free);
      const seen = await rig.seen((records) => haveResults(records, free).every(Boolean));
      const hasResult = haveResults(seen, held);
      const tooEarly = held.filter((_record, index) => hasResult[index]).map(({ value }) => String(value));
      expect(notWaitedOut(service, tooEarly)).toEqual([]);
      expect(deadLetterReasons(seen)).toEqual([]);
      expect(await saysWhy('references')).toBe(true);
      stub.fail(service, undefined);
      expect(deadLetterReasons(await rig.seen((records) => haveResults(records, held).every(Boolean)))).toEqual([]);
      await until(`${service}: /readyz still reports an outage`, () => isOk('references'));
    }

    await chaosRun.underLoad(async () => {
      for (const [index, service] of SERVICES.entries()) {
        // An outage that is only slow is found late.
        const failure = FAILURES.filter((one) => one !== 'slow')[index]!;
        stub.fail(service, failure);
        // The answers of the data service are cached by now.
        if (service === 'characters') await until('/readyz reports no outage', () => saysWhy('references'));
        stub.fail(service, undefined);
      }
    });
    const { findings, copies } = await chaosRun.audit();
    expect({ findings, copies }).toEqual({ findings: [], copies: 0 });
    expect(stub.violations).toEqual([]);
  });
});
