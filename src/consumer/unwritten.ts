import { isSameClaim, superseding } from '../handlers/pet-movement.ts';
import type { PositionReport } from '../handlers/pet-movement.ts';
import { partitionKey, petKey } from '../keys.ts';
import { encodedSize } from '../record-size.ts';
import type { OutboxEntry } from '../store/outbox.ts';
import type { Sighting } from '../store/tenants.ts';
import type { Assignment } from '../transport/broker.ts';

/** Nothing more is read while more than this waits to be written: moves, dead letters, bytes of dead letters. */
const MOST = { moves: 50_000, letters: 1_000, bytes: 8_388_608 } as const;

type Read = Assignment & { readonly next: bigint };

/** What was read in one assignment and is not written yet. */
export class Unwritten {
  readonly partitions: readonly Assignment[];
  /** The newest move of each pet. */
  readonly #moves = new Map<string, PositionReport>();
  /** Moves before these that say something else: which of them can be true is known when they are written. */
  #older: PositionReport[] = [];
  /** The newest record of each tenant. */
  readonly #sightings = new Map<string, Sighting>();
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
  get moves(): readonly PositionReport[] {
    return [...this.#older, ...this.#moves.values()];
  }

  /** Adds a report. @returns whether it supersedes an older one. */
  move(move: PositionReport): boolean {
    const key = petKey(move.tenantId, move.petId);
    const older = this.#moves.get(key);
    if (older !== undefined && isSameClaim(older, move)) {
      this.#moves.set(key, superseding(older, move));
      return true;
    }
    this.#moves.set(key, move);
    if (older !== undefined) this.#older.push(older);
    return false;
  }

  get sightings(): readonly Sighting[] {
    return [...this.#sightings.values()];
  }

  sighting(sighting: Sighting): void {
    const id = sighting.context.TENANT_ID;
    if ((this.#sightings.get(id)?.seenAt ?? -Infinity) <= sighting.seenAt) this.#sightings.set(id, sighting);
  }

  /** Those that no newer one has replaced meanwhile. */
  forgetSightings(sightings: readonly Sighting[]): void {
    for (const sighting of sightings) {
      const id = sighting.context.TENANT_ID;
      if (this.#sightings.get(id) === sighting) this.#sightings.delete(id);
    }
  }

  letter(letter: OutboxEntry): void {
    this.letters.push(letter);
    this.#bytes += encodedSize(letter.record);
  }

  /** Those that have not been superseded meanwhile. */
  forgetMoves(moves: readonly PositionReport[]): void {
    const done = new Set(moves);
    this.#older = this.#older.filter((move) => !done.has(move));
    for (const move of moves)
      if (this.#moves.get(petKey(move.tenantId, move.petId)) === move)
        this.#moves.delete(petKey(move.tenantId, move.petId));
  }

  forgetLetters(count: number): void {
    for (const { record } of this.letters.splice(0, count)) this.#bytes -= encodedSize(record);
  }

  forgetRead(read: readonly Read[]): void {
    for (const one of read) if (this.read.get(partitionKey(one)) === one) this.read.delete(partitionKey(one));
  }
}
