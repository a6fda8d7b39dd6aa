/** Offsets that are missing in a fetch: because the log has a gap, or because the fetch was incomplete. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { petCommand } from '../../generated/contract/channels/pet-command.js';
import { REFERENCE_LIMITS } from '../../src/reference/limits.ts';
import type { Broker, Fetched } from '../../src/transport/broker.ts';
import { award, command, createPets } from '../support/commands.ts';
import { startInProcess } from '../support/in-process.ts';
import type { InProcess } from '../support/in-process.ts';
import { createRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const PARTITION = 1;
const NO_SERVICES = 'http://127.0.0.1:9';
const MISSING = { from: 2n, to: 5n } as const;

let rig: Rig;
let topic: string;
let petId: number;
let service: InProcess | undefined;
beforeEach(async () => {
  rig = await createRig();
  topic = rig.environment[petCommand.env] ?? '';
  [petId = 0] = await createPets(rig.database, 9_100, 1);
});
afterEach(async () => {
  await service?.stop();
  await rig.close();
});

/** Returns a fetch without the missing offsets. */
function without({ first, next, records, ...others }: Fetched): Fetched {
  const rest = records.filter(({ offset }) => offset < MISSING.from || offset >= MISSING.to);
  const isWithin = first >= MISSING.from && first < MISSING.to;
  return { ...others, first: isWithin ? MISSING.to : first, next, records: rest };
}

/** Returns a broker whose first `fetches` fetches at the missing offsets do not have these. */
function withGaps(fetches: number): (broker: Broker) => Broker {
  let remaining = fetches;
  return (broker) => ({
    ...broker,
    subscribe: (subscription) =>
      broker.subscribe({
        ...subscription,
        fetched(of, partition, fetched) {
          const hasGap = of === topic && partition === PARTITION && fetched.first === MISSING.from && remaining > 0;
          if (hasGap) remaining -= 1;
          subscription.fetched(of, partition, hasGap ? without(fetched) : fetched);
        },
      }),
  });
}

const send = (...amounts: readonly number[]) =>
  rig.send(amounts.map((amount) => ({ ...command(award(petId, amount)), partition: PARTITION })));
const row = () => rig.database.consumerOffset.findFirst({ where: { topic, partition: PARTITION } });
const untilNext = (offset: bigint) =>
  until(`the row never has the offset ${String(offset)}`, async () => (await row())?.nextOffset === offset);
const closeness = async () => (await rig.database.pet.findUniqueOrThrow({ where: { id: petId } })).closeness;

describe('offsets that are missing before a fetch', () => {
  it('are fetched again, so that an incomplete fetch skips no record', async () => {
    service = await startInProcess(rig, NO_SERVICES, REFERENCE_LIMITS, withGaps(1));
    await send(1, 2);
    await untilNext(2n);
    await send(4, 8, 16, 32);
    await untilNext(6n);
    expect(await closeness()).toBe(63);
  });

  it('are a gap of the log if the second fetch does not have them either', async () => {
    service = await startInProcess(rig, NO_SERVICES, REFERENCE_LIMITS, withGaps(Infinity));
    await send(1, 2);
    await untilNext(2n);
    await send(4, 8, 16, 32);
    await untilNext(6n);
    expect(await closeness()).toBe(35);
    await send(64);
    await untilNext(7n);
    expect(await closeness()).toBe(99);
  });
});
