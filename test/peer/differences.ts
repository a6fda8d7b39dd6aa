/**
 * Where this service answers otherwise than the Go service did when it was captured, on purpose, step by step. What is
 * not here must be the same.
 */
import type { DeadLetterHeaders } from '../../generated/contract/headers.ts';
import type { RejectionReason } from '../../generated/contract/messages/pet-command-status.ts';
import {
  deleted,
  despawned,
  excludeChanged,
  fullnessChanged,
  slotChanged,
  spawned,
} from '../../generated/contract/messages/pet-status.ts';
import { closenessChanged, levelChanged } from '../../generated/contract/messages/pet-status.ts';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.ts';

/** What a step is answered with here instead. */
export interface Difference {
  readonly why: string;
  readonly told: readonly PetStatusEvent[] | { readonly rejected: RejectionReason } | { readonly deadLetter: DeadLetterHeaders['DEAD_LETTER_REASON'] }; // prettier-ignore
}

const ANSWERED = 'there a refusal is only logged, here it is answered';
const SET_ASIDE = 'there a record that cannot be read is only logged, here it is set aside';
const APPLIED = 'amounts are what was asked there, wrapped to the width of the field; here they are what was applied';

const rejected = (reason: RejectionReason, why = ANSWERED): Difference => ({ why, told: { rejected: reason } });
const deadLetter = (reason: DeadLetterHeaders['DEAD_LETTER_REASON'], why = SET_ASIDE): Difference => {
  return { why, told: { deadLetter: reason } };
};

const slot = (petId: number, ownerId: number, oldSlot: number, newSlot: number) =>
  slotChanged({ petId, ownerId, body: { oldSlot, newSlot } });

/** The pets of these captures are not out. */
const NOT_OUT = -1;
const closeness = (petId: number, ownerId: number, transaction: number, after: number, amount: number) =>
  closenessChanged({
    petId,
    ownerId,
    body: { slot: NOT_OUT, closeness: after, amount, transactionId: `${String(transaction).padStart(8, '0')}-0000-4000-8000-000000000000` }, // prettier-ignore
  });
const level = (petId: number, ownerId: number, after: number, amount: number) =>
  levelChanged({ petId, ownerId, body: { slot: NOT_OUT, level: after, amount } });

const starved = (petId: number, name: string, fullness: number) =>
  despawned({
    petId,
    ownerId: 13_040,
    body: { templateId: 5_000_017, name, slot: -1, level: 1, closeness: 0, fullness, oldSlot: 1, reason: 'HUNGER' },
  });
const hungry = (petId: number, slot: number, fullness: number, amount: number) =>
  fullnessChanged({ petId, ownerId: 13_040, body: { slot, fullness, amount } });

/** The foothold of SPAWNED, where it is another one here. */
export const FOOTHOLDS = {
  why: 'there the foothold is asked for owners who never logged in, and of movements that have none; here it is 1',
  here: 1,
  of: (capture: string) => capture !== '14-movement-session',
};

/** By capture and step. */
export const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, Difference>>>> = {
  '01-spawn-shift': {
    'spawn C lead=true shifts A,B': {
      why: 'the pets that make room for a lead move in no defined order there, highest slot first here',
      told: [
        slot(102, 12340, 1, 2),
        slot(101, 12340, 0, 1),
        slot(103, 12340, -1, 0),
        spawned({
          petId: 103,
          ownerId: 12340,
          body: { templateId: 5_000_017, name: 'PetC', slot: 0, level: 1, closeness: 0, fullness: 100, x: 340, y: -40, stance: 0, fh: 1 }, // prettier-ignore
        }),
      ],
    },
    'spawn D lead=true: 3 are out': rejected('TOO_MANY_SPAWNED'),
    'spawn D lead=false: 3 are out': rejected('TOO_MANY_SPAWNED', 'there a fourth pet comes out into slot -1'),
    'spawn A again lead=false (already spawned)': rejected('ALREADY_SPAWNED', 'there it takes a second slot'),
  },
  '03-spawn-lead-already-out': {
    'spawn lead=true of pet already in slot 1': {
      why: 'a pet that is out is promoted here: SLOT_CHANGED alone, each once',
      told: [slot(108, 12360, 0, 1), slot(109, 12360, 1, 0)],
    },
  },
  '04-spawn-lead-already-lead': {
    'spawn lead=true of pet already lead': rejected('ALREADY_SPAWNED', 'there the others move although nothing comes'),
  },
  '06-rejections': {
    'spawn second lead=true without multi-pet skill': rejected('MULTI_PET_SKILL_REQUIRED'),
    'spawn unknown pet': rejected('PET_NOT_FOUND'),
    'spawn not owner': rejected('NOT_OWNER'),
    'despawn not owner': rejected('NOT_OWNER'),
    'attempt not owner': rejected('NOT_OWNER'),
    'exclude not owner': rejected('NOT_OWNER', 'there anyone may'),
    'unknown type': deadLetter('UNKNOWN_TYPE'),
    'award closeness unknown pet': rejected('PET_NOT_FOUND'),
    'award fullness unknown pet': rejected('PET_NOT_FOUND'),
    'award level unknown pet': rejected('PET_NOT_FOUND'),
    'exclude unknown pet': rejected('PET_NOT_FOUND'),
  },
  '07-spawn-expired': {
    'spawn expired pet': rejected('PET_EXPIRED', 'there it comes out'),
  },
  '09-award-closeness': {
    'closeness +0': { why: 'silent there, answered here', told: [closeness(123, 12440, 30, 5_000, 0)] },
    'closeness 29990+100 level 30 (cap)': { why: APPLIED, told: [closeness(124, 12450, 31, 30_000, 10)] },
    'closeness 29990+100 level 29 (cap and level)': {
      why: APPLIED,
      told: [level(125, 12460, 30, 1), closeness(125, 12460, 32, 30_000, 10)],
    },
    'closeness at cap +1': { why: APPLIED, told: [closeness(126, 12470, 33, 30_000, 0)] },
    'closeness 5000+40000 (int16 amount)': {
      why: APPLIED,
      told: [level(127, 12480, 30, 10), closeness(127, 12480, 34, 30_000, 25_000)],
    },
    'closeness 30000+40000 level 30 (uint16 overflow)': {
      why: `${APPLIED}; sums wrap there`,
      told: [closeness(128, 12490, 35, 30_000, 0)],
    },
  },
  '11-award-level': {
    'level 29+5 (cap)': { why: APPLIED, told: [level(138, 12590, 30, 1)] },
    'level 30+1': { why: APPLIED, told: [level(139, 12600, 30, 0)] },
    'level 5+200 (int8 amount)': { why: APPLIED, told: [level(141, 12620, 30, 25)] },
    'level 30+250 (byte overflow)': { why: `${APPLIED}; sums wrap there`, told: [level(142, 12630, 30, 0)] },
  },
  '12-exclude': {
    'exclude set with duplicates': {
      why: 'duplicates are kept there',
      told: [excludeChanged({ petId: 143, ownerId: 12640, body: { items: [2_000_001, 2_000_000, 4_000_000] } })],
    },
    'exclude with 0': {
      why: 'silent there, answered here',
      told: [excludeChanged({ petId: 143, ownerId: 12640, body: { items: [0] } })],
    },
  },
  '17-asset-deleted': {
    'asset DELETED spawned lead pet': {
      why: 'the pets above a pet that is gone stay where they are there; here they move down',
      told: [slot(156, 13_020, 1, 0), slot(157, 13_020, 2, 1), deleted({ petId: 155, ownerId: 13_020 })],
    },
    'asset DELETED again (pet is gone)': {
      why: 'there a pet that is deleted twice in one go answers twice, here once',
      told: [],
    },
  },
  '18-headers-and-parsing': {
    'amount out of range': deadLetter('INVALID_PAYLOAD'),
    'not JSON': deadLetter('INVALID_JSON'),
    'other tenant': rejected('PET_NOT_FOUND'),
  },
  '19-hunger': {
    'hunger task (hungry=6; 50, 9, 3)': {
      why: 'there amounts are positive, fullness and slot those of before; here negative, and those of that moment',
      told: [
        hungry(101, 0, 44, -6),
        hungry(102, 1, 3, -6),
        slot(103, 13_040, 2, 1),
        slot(102, 13_040, 1, -1),
        starved(102, 'PetB', 3),
        hungry(103, 1, 0, -3),
        slot(103, 13_040, 1, -1),
        starved(103, 'PetC', 0),
      ],
    },
  },
  '21-tenant-headers': {
    'no tenant headers': deadLetter('INVALID_HEADERS'),
    'MAJOR_VERSION as text': deadLetter('INVALID_HEADERS', 'a version written as text passes as another number there'),
    'MAJOR_VERSION of 3 bytes': deadLetter('INVALID_HEADERS', 'malformed tenant headers pass as empty values there'),
    'REGION missing': deadLetter('INVALID_HEADERS', 'malformed tenant headers pass as empty values there'),
  },
};
