/** Offsets that a fetch leaves out: of a log with a gap, or of a fetch that shows what is not so. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { petCommand } from '../../generated/contract/channels/pet-command.ts';
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
const LEFT_OUT = { from: 2n, to: 5n } as const;

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

/** What a fetch brings of a log that has no offsets from `from` to before `to`. */
function without({ first, next, records, ...rest }: Fetched): Fetched {
  const left = records.filter(({ offset }) => offset < LEFT_OUT.from || offset >= LEFT_OUT.to);
  const isWithin = first >= LEFT_OUT.from && first < LEFT_OUT.to;
  return { ...rest, first: isWithin ? LEFT_OUT.to : first, next, records: left };
}

/** Leaves the offsets out of so many fetches that begin with them. */
function leavingOut(fetches: number): (broker: Broker) => Broker {
  let left = fetches;
  return (broker) => ({
    ...broker,
    subscribe: (subscription) =>
      broker.subscribe({
        ...subscription,
        fetched(of, partition, fetched) {
          const isMeant = of === topic && partition === PARTITION && fetched.first === LEFT_OUT.from && left > 0;
          if (isMeant) left -= 1;
          subscription.fetched(of, partition, isMeant ? without(fetched) : fetched);
        },
      }),
  });
}

const send = (...amounts: readonly number[]) =>
  rig.send(amounts.map((amount) => ({ ...command(award(petId, amount)), partition: PARTITION })));
const row = () => rig.database.consumerOffset.findFirst({ where: { topic, partition: PARTITION } });
const untilNext = (offset: bigint) =>
  until(`the row never says ${String(offset)}`, async () => (await row())?.nextOffset === offset);
const closeness = async () => (await rig.database.pet.findUniqueOrThrow({ where: { id: petId } })).closeness;

describe('offsets that are missing before a fetch', () => {
  it('are read again: one that shows what is not so skips nothing', async () => {
    service = await startInProcess(rig, NO_SERVICES, REFERENCE_LIMITS, leavingOut(1));
    await send(1, 2);
    await untilNext(2n);
    await send(4, 8, 16, 32);
    await untilNext(6n);
    expect(await closeness()).toBe(63);
  });

  it('are a gap of the log if the second fetch says the same', async () => {
    service = await startInProcess(rig, NO_SERVICES, REFERENCE_LIMITS, leavingOut(Infinity));
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
