/** The rejections and events of commands (x-rejections, x-replies), compared with their rules. */
import { describe, expect, it } from '@jest/globals';
import { examples } from '../../generated/contract/examples.js';
import type { RejectionReason } from '../../generated/contract/messages/pet-command-status.js';
import type { PetCommand } from '../../generated/contract/messages/pet-command.js';
import { isSpawned, MAX_SPAWNED } from '../../src/domain/pet.ts';
import type { Decision, Pet } from '../../src/domain/pet.ts';
import { OWNER, pet } from '../domain/given.ts';
import { decideCommand } from '../support/commands.ts';
import { factsOf } from '../support/facts.ts';
import { emptyInput, expectReplies, messages, NOW } from './replies.ts';

const STRANGER = OWNER + 1;
const skills = new Map([
  [0, { probability: 50, increase: 1 }],
  [1, { probability: 50, increase: 0 }],
]);
/** The other services return that the owner has the skill for a second pet, or has not, or they fail. */
const SERVICES = ['has skill', 'has no skill', 'fail'] as const;
const factsFor = (services: State['services']) =>
  factsOf(
    { petTemplate: () => ({ hunger: 1, skills }), multiPetSkill: () => services === 'has skill' },
    [],
    () => services === 'fail',
  );

/** A command, the pet that it names, and the spawned pets of the owner. */
interface State {
  readonly command: PetCommand;
  readonly pet: Pet | undefined;
  readonly spawnedPets: readonly Pet[];
  readonly services: (typeof SERVICES)[number];
}

/** Whether a reason applies, regardless of the others. */
const APPLIES: Readonly<Record<RejectionReason, (state: State) => boolean>> = {
  PET_NOT_FOUND: ({ pet }) => pet === undefined,
  NOT_OWNER: ({ pet, command }) => pet?.ownerId !== command.actorId,
  PET_EXPIRED: ({ pet }) => (pet?.expiration ?? Infinity) <= NOW,
  ALREADY_SPAWNED: ({ pet, command }) => {
    const isPromotion = command.type === 'SPAWN' && command.body?.lead === true && pet?.slot !== 0;
    return pet !== undefined && isSpawned(pet) && !isPromotion;
  },
  TOO_MANY_SPAWNED: ({ pet, spawnedPets }) =>
    pet !== undefined && !isSpawned(pet) && spawnedPets.length === MAX_SPAWNED,
  MULTI_PET_SKILL_REQUIRED: ({ pet, spawnedPets, services }) => {
    return pet !== undefined && !isSpawned(pet) && spawnedPets.length > 0 && services !== 'has skill';
  },
  NOT_SPAWNED: ({ pet }) => pet !== undefined && !isSpawned(pet),
  UNKNOWN_PET_SKILL: ({ command }) => command.type === 'ATTEMPT_COMMAND' && !skills.has(command.body.commandId),
  FACT_UNAVAILABLE: ({ command, pet, spawnedPets, services }) => {
    const isRequired =
      command.type === 'ATTEMPT_COMMAND' || (pet !== undefined && !isSpawned(pet) && spawnedPets.length > 0);
    return services === 'fail' && isRequired;
  },
};

const BODIES: Readonly<Record<PetCommand['type'], readonly object[]>> = {
  SPAWN: [{}, { lead: true }],
  DESPAWN: [{}],
  ATTEMPT_COMMAND: [{ commandId: 0 }, { commandId: 1 }, { commandId: 2 }],
  AWARD_CLOSENESS: [{ amount: 0 }, { amount: 1 }, { amount: 65_535 }],
  AWARD_FULLNESS: [{ amount: 0 }, { amount: 255 }],
  AWARD_LEVEL: [{ amount: 0 }, { amount: 255 }],
  EXCLUDE: [{}, { items: [1, 1, 2] }],
};

/**
 * Returns states of a command to a missing pet, and to one in every slot with every number of other spawned pets, new or
 * grown, expired or not.
 */
function statesOf(type: PetCommand['type']): State[] {
  const subjects = [pet(1), pet(1, { closeness: 29_999, level: 30 })].flatMap((one) => [
    one,
    { ...one, expiration: NOW },
  ]);
  const stored = subjects.flatMap((subject) =>
    [-1, 0, 1, 2].flatMap((slot) =>
      [0, 1, 2, 3].flatMap((count) => {
        const others = [0, 1, 2].filter((other) => other !== slot).slice(0, count);
        const spawnedPets = [...others.map((other) => pet(10 + other, { slot: other })), { ...subject, slot }].filter(
          isSpawned,
        );
        spawnedPets.sort((a, b) => a.slot - b.slot);
        return spawnedPets.every((one, index) => one.slot === index)
          ? [{ pet: { ...subject, slot }, spawnedPets }]
          : [];
      }),
    ),
  );
  return [{ pet: undefined, spawnedPets: [] }, ...stored].flatMap((state) =>
    [OWNER, STRANGER].flatMap((actorId) =>
      BODIES[type].flatMap((body) =>
        SERVICES.map((services) => {
          return { ...state, services, command: { actorId, petId: 1, type, body } as PetCommand };
        }),
      ),
    ),
  );
}

function decide({ command, pet, spawnedPets, services }: State): Decision {
  return decideCommand(command, { ...emptyInput, pet, spawnedPets, facts: factsFor(services) });
}

const byType = new Map(
  examples.filter(({ channel }) => channel === 'petCommand').map(({ type, message }) => [type, messages[message]]),
);

describe.each(Object.keys(BODIES) as PetCommand['type'][])('%s', (type) => {
  const { 'x-replies': replies = [], 'x-rejections': reasons = [] } = byType.get(type) ?? {};
  const states = statesOf(type);

  it('is rejected with the first of its x-rejections that applies, and with no other reason', () => {
    const given = states.map((state) => {
      const decision = decide(state);
      const reason = decision.kind === 'rejected' ? decision.reason : undefined;
      const first = (reasons as readonly RejectionReason[]).find((one) => APPLIES[one](state));
      expect({ state, reason }).toEqual({ state, reason: first });
      return reason;
    });
    expect(reasons.filter((one) => !given.includes(one as RejectionReason))).toEqual([]);
  });

  it('emits its x-replies, in their order', () => {
    expectReplies(replies, states.map(decide));
  });
});
