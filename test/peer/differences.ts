/**
 * The steps of the captures to which this service, on purpose, answers otherwise than the Go service did. The answers to
 * all other steps must be the same.
 */
import type { DeadLetterHeaders } from '../../generated/contract/headers.js';
import type { RejectionReason } from '../../generated/contract/messages/pet-command-status.js';
import {
  deleted,
  despawned,
  excludeChanged,
  fullnessChanged,
  slotChanged,
  spawned,
} from '../../generated/contract/messages/pet-status.js';
import { closenessChanged, levelChanged } from '../../generated/contract/messages/pet-status.js';
import type { PetStatusEvent } from '../../generated/contract/messages/pet-status.js';

/** What this service answers to a step instead. */
export interface Difference {
  readonly why: string;
  readonly sent: readonly PetStatusEvent[] | { readonly rejected: RejectionReason } | { readonly deadLetter: DeadLetterHeaders['DEAD_LETTER_REASON'] }; // prettier-ignore
}

const REJECTION_IS_ANSWERED = 'the Go service only logs a rejection, this one answers it';
const DEAD_LETTER_IS_SENT = 'the Go service only logs a record that it cannot decode, this one sends a dead letter';
const APPLIED_AMOUNT =
  'the Go service sends the requested amount, wrapped to the width of the field; this one sends the applied amount';

const rejected = (reason: RejectionReason, why = REJECTION_IS_ANSWERED): Difference => ({
  why,
  sent: { rejected: reason },
});
const deadLetter = (reason: DeadLetterHeaders['DEAD_LETTER_REASON'], why = DEAD_LETTER_IS_SENT): Difference => {
  return { why, sent: { deadLetter: reason } };
};

const slot = (petId: number, ownerId: number, oldSlot: number, newSlot: number) =>
  slotChanged({ petId, ownerId, body: { oldSlot, newSlot } });

/** The slot of a pet that is not spawned, as all pets of these captures are. */
const NO_SLOT = -1;
const closeness = (petId: number, ownerId: number, transaction: number, after: number, amount: number) =>
  closenessChanged({
    petId,
    ownerId,
    body: { slot: NO_SLOT, closeness: after, amount, transactionId: `${String(transaction).padStart(8, '0')}-0000-4000-8000-000000000000` }, // prettier-ignore
  });
const level = (petId: number, ownerId: number, after: number, amount: number) =>
  levelChanged({ petId, ownerId, body: { slot: NO_SLOT, level: after, amount } });

const starved = (petId: number, name: string, fullness: number) =>
  despawned({
    petId,
    ownerId: 13_040,
    body: { templateId: 5_000_017, name, slot: -1, level: 1, closeness: 0, fullness, oldSlot: 1, reason: 'HUNGER' },
  });
const hungry = (petId: number, slot: number, fullness: number, amount: number) =>
  fullnessChanged({ petId, ownerId: 13_040, body: { slot, fullness, amount } });

/** The foothold in SPAWNED, if this service sends another one. */
export const FOOTHOLDS = {
  why: 'the Go service looks the foothold up for owners without a login and for movements without one; here it is 1',
  foothold: 1,
  areDifferentIn: (capture: string) => capture !== '14-movement-session',
};

/** The differences, by capture and step. */
export const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, Difference>>>> = {
  '01-spawn-shift': {
    'spawn C lead=true shifts A,B': {
      why: 'the Go service shifts the pets that make room for a lead in no defined order, this one from the highest slot on',
      sent: [
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
    'spawn D lead=false: 3 are out': rejected('TOO_MANY_SPAWNED', 'the Go service spawns a fourth pet into slot -1'),
    'spawn A again lead=false (already spawned)': rejected(
      'ALREADY_SPAWNED',
      'the Go service gives the pet a second slot',
    ),
  },
  '03-spawn-lead-already-out': {
    'spawn lead=true of pet already in slot 1': {
      why: 'this service promotes a spawned pet: only SLOT_CHANGED, once for each pet',
      sent: [slot(108, 12360, 0, 1), slot(109, 12360, 1, 0)],
    },
  },
  '04-spawn-lead-already-lead': {
    'spawn lead=true of pet already lead': rejected(
      'ALREADY_SPAWNED',
      'the Go service shifts the others although no pet is spawned',
    ),
  },
  '06-rejections': {
    'spawn second lead=true without multi-pet skill': rejected('MULTI_PET_SKILL_REQUIRED'),
    'spawn unknown pet': rejected('PET_NOT_FOUND'),
    'spawn not owner': rejected('NOT_OWNER'),
    'despawn not owner': rejected('NOT_OWNER'),
    'attempt not owner': rejected('NOT_OWNER'),
    'exclude not owner': rejected('NOT_OWNER', 'the Go service lets any character set excludes'),
    'unknown type': deadLetter('UNKNOWN_TYPE'),
    'award closeness unknown pet': rejected('PET_NOT_FOUND'),
    'award fullness unknown pet': rejected('PET_NOT_FOUND'),
    'award level unknown pet': rejected('PET_NOT_FOUND'),
    'exclude unknown pet': rejected('PET_NOT_FOUND'),
  },
  '07-spawn-expired': {
    'spawn expired pet': rejected('PET_EXPIRED', 'the Go service spawns it'),
  },
  '09-award-closeness': {
    'closeness +0': { why: 'only this service answers', sent: [closeness(123, 12440, 30, 5_000, 0)] },
    'closeness 29990+100 level 30 (cap)': { why: APPLIED_AMOUNT, sent: [closeness(124, 12450, 31, 30_000, 10)] },
    'closeness 29990+100 level 29 (cap and level)': {
      why: APPLIED_AMOUNT,
      sent: [level(125, 12460, 30, 1), closeness(125, 12460, 32, 30_000, 10)],
    },
    'closeness at cap +1': { why: APPLIED_AMOUNT, sent: [closeness(126, 12470, 33, 30_000, 0)] },
    'closeness 5000+40000 (int16 amount)': {
      why: APPLIED_AMOUNT,
      sent: [level(127, 12480, 30, 10), closeness(127, 12480, 34, 30_000, 25_000)],
    },
    'closeness 30000+40000 level 30 (uint16 overflow)': {
      why: `${APPLIED_AMOUNT}; sums wrap in the Go service`,
      sent: [closeness(128, 12490, 35, 30_000, 0)],
    },
  },
  '11-award-level': {
    'level 29+5 (cap)': { why: APPLIED_AMOUNT, sent: [level(138, 12590, 30, 1)] },
    'level 30+1': { why: APPLIED_AMOUNT, sent: [level(139, 12600, 30, 0)] },
    'level 5+200 (int8 amount)': { why: APPLIED_AMOUNT, sent: [level(141, 12620, 30, 25)] },
    'level 30+250 (byte overflow)': {
      why: `${APPLIED_AMOUNT}; sums wrap in the Go service`,
      sent: [level(142, 12630, 30, 0)],
    },
  },
  '12-exclude': {
    'exclude set with duplicates': {
      why: 'the Go service keeps duplicates',
      sent: [excludeChanged({ petId: 143, ownerId: 12640, body: { items: [2_000_001, 2_000_000, 4_000_000] } })],
    },
    'exclude with 0': {
      why: 'only this service answers',
      sent: [excludeChanged({ petId: 143, ownerId: 12640, body: { items: [0] } })],
    },
  },
  '17-asset-deleted': {
    'asset DELETED spawned lead pet': {
      why: 'only this service shifts the pets in the slots above a deleted pet down',
      sent: [slot(156, 13_020, 1, 0), slot(157, 13_020, 2, 1), deleted({ petId: 155, ownerId: 13_020 })],
    },
    'asset DELETED again (pet is gone)': {
      why: 'the Go service sends DELETED for both events about one pet, this one once',
      sent: [],
    },
  },
  '18-headers-and-parsing': {
    'amount out of range': deadLetter('INVALID_PAYLOAD'),
    'not JSON': deadLetter('INVALID_JSON'),
    'other tenant': rejected('PET_NOT_FOUND'),
  },
  '19-hunger': {
    'hunger task (hungry=6; 50, 9, 3)': {
      why: 'the Go service sends positive amounts and the fullness and slot of before; this one negative amounts and current values',
      sent: [
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
    'MAJOR_VERSION as text': deadLetter(
      'INVALID_HEADERS',
      'the Go service takes a version written as text for another number',
    ),
    'MAJOR_VERSION of 3 bytes': deadLetter(
      'INVALID_HEADERS',
      'the Go service takes malformed tenant headers for empty values',
    ),
    'REGION missing': deadLetter('INVALID_HEADERS', 'the Go service takes malformed tenant headers for empty values'),
  },
};
