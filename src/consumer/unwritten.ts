import type { TenantHeaders } from '../../generated/contract/headers.ts';
import type { Move } from '../handlers/pet-movement.ts';
import type { OutboxEntry } from '../store/outbox.ts';
import type { Assignment } from '../transport/broker.ts';
import { nameOf } from './start.ts';

/** Nothing more is read while more than this waits to be written: moves, dead letters, bytes of dead letters. */
const MOST = { moves: 50_000, letters: 1_000, bytes: 8_388_608 } as const;

type Read = Assignment & { readonly next: bigint };

/** What was read in one assignment and is not written yet. */
export class Unwritten {
  readonly partitions: readonly Assignment[];
  /** The newest move of each pet. */
  readonly #moves = new Map<string, Move>();
  /** Moves before these that say something else: which of them can be true is known when they are written. */
  #older: Move[] = [];
  /** The headers that were last seen of each tenant. */
  readonly tenants = new Map<string, TenantHeaders>();
  readonly letters: OutboxEntry[] = [];
  /** The first offset of each partition that is not read yet, by its name. */
  readonly read = new Map<string, Read>();
  #bytes = 0;

  constructor(partitions: readonly Assignment[]) {
    this.partitions = partitions;
  }

  get isTooMuch(): boolean {
    return (
      this.#moves.size + this.#older.length > MOST.moves ||
      this.letters.length > MOST.letters ||
      this.#bytes > MOST.bytes
    );
  }

  /** What waits to be written; of one pet the newest comes last. */
  get moves(): readonly Move[] {
    return [...this.#older, ...this.#moves.values()];
  }

  /** @returns whether it takes the place of an older one. */
  move(move: Move): boolean {
    const key = keyOf(move);
    const older = this.#moves.get(key);
    this.#moves.set(key, move);
    if (older === undefined) return false;
    if (isSameClaim(older, move)) return true;
    this.#older.push(older);
    return false;
  }

  letter(letter: OutboxEntry): void {
    this.letters.push(letter);
    this.#bytes += letter.record.value?.length ?? 0;
  }

  /** Those that have not been superseded meanwhile. */
  forgetMoves(moves: readonly Move[]): void {
    const done = new Set(moves);
    this.#older = this.#older.filter((move) => !done.has(move));
    for (const move of moves) if (this.#moves.get(keyOf(move)) === move) this.#moves.delete(keyOf(move));
  }

  forgetLetters(count: number): void {
    for (const { record } of this.letters.splice(0, count)) this.#bytes -= record.value?.length ?? 0;
  }

  forgetRead(read: readonly Read[]): void {
    for (const one of read) if (this.read.get(nameOf(one)) === one) this.read.delete(nameOf(one));
  }
}

function keyOf({ tenantId, petId }: Move): string {
  return `${tenantId}/${String(petId)}`;
}

/** Whether both are true or neither: they name the same owner at the same place. */
function isSameClaim(one: Move, other: Move): boolean {
  return (
    one.ownerId === other.ownerId &&
    one.mapId === other.mapId &&
    one.channelId === other.channelId &&
    one.worldId === other.worldId &&
    one.instance === other.instance
  );
}
