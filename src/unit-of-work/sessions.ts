import type { SessionChange } from '../domain/session.ts';
import { InvariantError, mustExist } from '../invariant.ts';
import { characterKey } from '../keys.ts';
import type { CharacterSession } from '../store/tables/character-session.ts';
import type { OwnerKey } from '../store/tables/owner.ts';
import type { CharacterKey, SessionClock } from '../store/tables/session-clock.ts';

interface Change extends SessionChange {
  readonly tenantId: string;
  /** Whether an existing session has ended: what follows is a new one. */
  readonly hasEnded: boolean;
  /** Whether any change of this unit of work forgets the positions. */
  readonly forgetsPositions: boolean;
}

/** Sessions and their clocks as the messages of one unit of work leave them: of each character the last change counts. */
export class Sessions {
  /** The locked clocks, as they are stored. */
  readonly #storedClocks = new Map<string, number | undefined>();
  readonly #changedClocks = new Map<string, SessionClock>();
  readonly #changes = new Map<string, Change>();
  #firstHungerAt: number | undefined;

  /**
   * Takes over clocks that were locked: `lastEventAt` by key.
   *
   * @param firstHungerAt when a session that begins now is first due for hunger: milliseconds since 1970.
   */
  addClocks(clocks: ReadonlyMap<string, number | undefined>, firstHungerAt: number): void {
    this.#firstHungerAt = firstHungerAt;
    for (const [key, lastEventAt] of clocks) this.#storedClocks.set(key, lastEventAt);
  }

  /**
   * Returns the timestamp of a character's last applied session event: milliseconds since 1970; undefined if there is none.
   *
   * @throws {InvariantError} if the character's clock is not locked.
   */
  lastEventAt(tenantId: string, characterId: number): number | undefined {
    this.assertLocked(tenantId, characterId);
    const key = characterKey(tenantId, characterId);
    const changed = this.#changedClocks.get(key);
    return changed === undefined ? this.#storedClocks.get(key) : changed.lastEventAt;
  }

  /** @throws {InvariantError} if the character's clock is not locked. */
  assertLocked(tenantId: string, characterId: number): void {
    const key = characterKey(tenantId, characterId);
    if (!this.#storedClocks.has(key)) throw new InvariantError(`the session clock of character ${key} is not locked`);
  }

  /** Begins, changes or ends a session. @throws {InvariantError} if the character's clock is not locked. */
  set(tenantId: string, change: SessionChange): void {
    const { characterId, session, eventAt } = change;
    const key = characterKey(tenantId, characterId);
    // It also asserts the lock, which an event with a time of its own needs as well.
    const before = this.lastEventAt(tenantId, characterId);
    const lastEventAt = eventAt ?? before;
    const earlier = this.#changes.get(key);
    const hasEnded = session === null || earlier?.hasEnded === true;
    const forgetsPositions = change.forgetsPositions || earlier?.forgetsPositions === true;
    this.#changes.set(key, { ...change, tenantId, hasEnded, forgetsPositions });
    this.#changedClocks.set(key, { tenantId, characterId, lastEventAt, hasSession: session !== null });
  }

  /** When a session that begins now is first due for hunger: milliseconds since 1970. */
  get firstHungerAt(): number {
    return mustExist(this.#firstHungerAt, 'the time of the first hunger');
  }

  get hasChanges(): boolean {
    return this.#changes.size > 0;
  }

  /** The owners whose pets' positions are forgotten. */
  get owners(): readonly OwnerKey[] {
    return [...this.#changes.values()]
      .filter(({ forgetsPositions }) => forgetsPositions)
      .map(({ tenantId, characterId }) => ({ tenantId, ownerId: characterId }));
  }

  get changedClocks(): readonly SessionClock[] {
    return [...this.#changedClocks.values()];
  }

  /** How many clocks are locked. */
  get lockedClocks(): number {
    return this.#storedClocks.size;
  }

  /** Characters whose stored session has ended. */
  get ended(): readonly CharacterKey[] {
    return [...this.#changes.values()].filter(({ hasEnded }) => hasEnded);
  }

  /** Sessions that are new or changed. */
  get ongoing(): readonly CharacterSession[] {
    return [...this.#changes.values()].flatMap(({ tenantId, characterId, session }) =>
      session === null ? [] : [{ tenantId, characterId, ...session }],
    );
  }
}
