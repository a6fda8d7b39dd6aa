import { isSameClaim, superseding } from '../domain/movement.ts';
import type { PositionReport } from '../domain/movement.ts';
import { partitionKey, petKey } from '../keys.ts';
import { encodedSize } from '../record-size.ts';
import type { OutboxEntry } from '../store/tables/outbox.ts';
import type { SeenTenant } from '../store/tables/tenant.ts';
import type { Assignment } from '../transport/broker.ts';

/** Partitions are paused while more than this waits to be written. */
const MAX_PENDING = { reports: 50_000, deadLetters: 1_000, deadLetterBytes: 8_388_608 } as const;

/** The first offset of a partition that was not read. */
export type ReadOffset = Assignment & { readonly next: bigint };

/** What was read in one assignment of partitions and is not written yet. */
export class PendingPositions {
  readonly partitions: readonly Assignment[];
  /** The newest report of each pet. */
  readonly #newest = new Map<string, PositionReport>();
  /** Earlier reports of the same pets that claim another owner or map: which one is true is decided when they are written. */
  #earlier: PositionReport[] = [];
  /** The newest record of each tenant. */
  readonly #sightings = new Map<string, SeenTenant>();
  readonly #deadLetters: OutboxEntry[] = [];
  #deadLetterBytes = 0;
  /** By the name of the partition. */
  readonly #readOffsets = new Map<string, ReadOffset>();

  constructor(partitions: readonly Assignment[]) {
    this.partitions = partitions;
  }

  get isFull(): boolean {
    return (
      this.#newest.size + this.#earlier.length > MAX_PENDING.reports ||
      this.#deadLetters.length > MAX_PENDING.deadLetters ||
      this.#deadLetterBytes > MAX_PENDING.deadLetterBytes
    );
  }

  /** The reports to write. Of one pet the newest comes last. */
  get reports(): readonly PositionReport[] {
    return [...this.#earlier, ...this.#newest.values()];
  }

  get deadLetters(): readonly OutboxEntry[] {
    return [...this.#deadLetters];
  }

  get sightings(): readonly SeenTenant[] {
    return [...this.#sightings.values()];
  }

  get readOffsets(): readonly ReadOffset[] {
    return [...this.#readOffsets.values()];
  }

  /** @returns whether the report supersedes an older one. */
  addReport(report: PositionReport): boolean {
    const key = petKey(report.tenantId, report.petId);
    const older = this.#newest.get(key);
    if (older !== undefined && isSameClaim(older, report)) {
      this.#newest.set(key, superseding(older, report));
      return true;
    }
    this.#newest.set(key, report);
    if (older !== undefined) this.#earlier.push(older);
    return false;
  }

  addSighting(sighting: SeenTenant): void {
    const id = sighting.context.TENANT_ID;
    const known = this.#sightings.get(id);
    if (known === undefined || known.seenAt <= sighting.seenAt) this.#sightings.set(id, sighting);
  }

  addDeadLetter(deadLetter: OutboxEntry): void {
    this.#deadLetters.push(deadLetter);
    this.#deadLetterBytes += encodedSize(deadLetter.record);
  }

  setReadOffset(read: ReadOffset): void {
    this.#readOffsets.set(partitionKey(read), read);
  }

  /** Forgets reports that were written, except those that were superseded meanwhile. */
  forgetReports(reports: readonly PositionReport[]): void {
    const written = new Set(reports);
    this.#earlier = this.#earlier.filter((report) => !written.has(report));
    for (const report of reports) {
      const key = petKey(report.tenantId, report.petId);
      if (this.#newest.get(key) === report) this.#newest.delete(key);
    }
  }

  /** Forgets sightings that were saved, except those that a newer one has replaced meanwhile. */
  forgetSightings(sightings: readonly SeenTenant[]): void {
    for (const sighting of sightings) {
      const id = sighting.context.TENANT_ID;
      if (this.#sightings.get(id) === sighting) this.#sightings.delete(id);
    }
  }

  /** Forgets the first `count` dead letters. */
  forgetDeadLetters(count: number): void {
    for (const { record } of this.#deadLetters.splice(0, count)) this.#deadLetterBytes -= encodedSize(record);
  }

  /** Forgets offsets that are to be committed, except those that more was read after meanwhile. */
  forgetReadOffsets(offsets: readonly ReadOffset[]): void {
    for (const read of offsets) {
      const name = partitionKey(read);
      if (this.#readOffsets.get(name) === read) this.#readOffsets.delete(name);
    }
  }
}
