/** Random commands for fast-check: valid ones, likely to meet each other. */
import fc from 'fast-check';
import { NIL_TRANSACTION_ID } from '../../generated/contract/messages/pet-command.ts';
import type { PetCommand } from '../../generated/contract/messages/pet-command.ts';

/** Pets and owners by number, from 0: a test gives them their ids. */
export interface AnyCommand {
  readonly pet: number;
  readonly actor: number;
  /** The message for the ids that pet and actor have. */
  message(petId: number, actorId: number): PetCommand;
}

/** How much an award gives. */
interface Amounts {
  readonly closeness: fc.Arbitrary<number>;
  readonly fullness: fc.Arbitrary<number>;
  readonly level: fc.Arbitrary<number>;
}

const ANY_AMOUNTS: Amounts = {
  closeness: fc.oneof(fc.nat(20), fc.nat(65_535)),
  fullness: fc.nat(255),
  level: fc.oneof(fc.nat(2), fc.nat(255)),
};

/** Amounts that change a pet again and again before it is as close as can be, and feed what gets hungry meanwhile. */
export const SMALL_AMOUNTS: Amounts = { closeness: fc.nat(3), fullness: fc.nat(9), level: fc.nat(1) };

const nothing = fc.constantFrom(undefined, null, {});
const kinds = ({ closeness, fullness, level }: Amounts) =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('SPAWN' as const),
        body: fc.oneof(nothing, fc.record({ lead: fc.boolean() })),
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('DESPAWN' as const), body: nothing }) },
    fc.record({
      type: fc.constant('ATTEMPT_COMMAND' as const),
      body: fc.record({ commandId: fc.nat(3), byName: fc.boolean() }),
    }),
    fc.record({ type: fc.constant('AWARD_CLOSENESS' as const), body: fc.record({ amount: closeness }) }),
    fc.record({ type: fc.constant('AWARD_FULLNESS' as const), body: fc.record({ amount: fullness }) }),
    fc.record({ type: fc.constant('AWARD_LEVEL' as const), body: fc.record({ amount: level }) }),
    fc.record({
      type: fc.constant('EXCLUDE' as const),
      body: fc.oneof(nothing, fc.record({ items: fc.array(fc.nat(5)) })),
    }),
  );

export interface Crowd {
  readonly pets: number;
  /** The pets are dealt out to them in turn. */
  readonly owners: number;
  /** Which pets the commands are about; each as often as the others, where nothing is said. */
  readonly pet?: fc.Arbitrary<number>;
  readonly amounts?: Amounts;
}

/** Commands about a crowd's pets; most actors own the pet, some are nobody. */
export function anyCommand({
  pets,
  owners,
  pet = fc.nat(pets - 1),
  amounts = ANY_AMOUNTS,
}: Crowd): fc.Arbitrary<AnyCommand> {
  return fc
    .record({
      pet,
      stranger: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, fc.nat(owners)),
      transactionId: fc.option(fc.uuid(), { nil: NIL_TRANSACTION_ID }),
      kind: kinds(amounts),
    })
    .map(({ pet, stranger, transactionId, kind }) => ({
      pet,
      actor: stranger ?? pet % owners,
      message: (petId, actorId) => ({ transactionId, actorId, petId, ...kind }) as PetCommand,
    }));
}
