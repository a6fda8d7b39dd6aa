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

const nothing = fc.constantFrom(undefined, null, {});
const kinds = fc.oneof(
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
  fc.record({
    type: fc.constant('AWARD_CLOSENESS' as const),
    body: fc.record({ amount: fc.oneof(fc.nat(20), fc.nat(65_535)) }),
  }),
  fc.record({ type: fc.constant('AWARD_FULLNESS' as const), body: fc.record({ amount: fc.nat(255) }) }),
  fc.record({
    type: fc.constant('AWARD_LEVEL' as const),
    body: fc.record({ amount: fc.oneof(fc.nat(2), fc.nat(255)) }),
  }),
  fc.record({
    type: fc.constant('EXCLUDE' as const),
    body: fc.oneof(nothing, fc.record({ items: fc.array(fc.nat(5)) })),
  }),
);

/**
 * Commands about `pets` pets, dealt out to `owners` owners in turn; most actors own the pet, some are nobody.
 *
 * @param pet which pets they are about; each as often as the others, where nothing is said.
 */
export function anyCommand(pets: number, owners: number, pet = fc.nat(pets - 1)): fc.Arbitrary<AnyCommand> {
  return fc
    .record({
      pet,
      stranger: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, fc.nat(owners)),
      transactionId: fc.option(fc.uuid(), { nil: NIL_TRANSACTION_ID }),
      kind: kinds,
    })
    .map(({ pet, stranger, transactionId, kind }) => ({
      pet,
      actor: stranger ?? pet % owners,
      message: (petId, actorId) => ({ transactionId, actorId, petId, ...kind }) as PetCommand,
    }));
}
