/**
 * Triggers of the test record in the database which unit of work inserted which events, and each time that hunger was
 * postponed. Rolled back work leaves no entry. Events cannot show when a sweep ran, nor that one ran without events.
 */
import type { Database } from '../../src/store/database.ts';

/** A transaction that inserted events, or postponed hunger. */
export interface Unit {
  readonly id: bigint;
  /** When it began, which is after it read its clock: milliseconds since 1970, like the other times here. */
  readonly began: number;
}

/** A hunger sweep of one session's pets. */
export interface Hunger {
  /** Tenant and character. */
  readonly owner: string;
  readonly unit: Unit;
  /** Since when it was due, and when it is due next. */
  readonly was: number;
  readonly due: number;
  /** Whether the unit of work held the lock on the owner. It does not need it if no pet is spawned. */
  readonly isLocked: boolean;
  /** The SEQUENCE of the owner's last event before it: a sweep without events has none of its own. */
  readonly after: bigint;
}

export interface Journal {
  /** The unit of work that inserted an event, by the event's SEQUENCE. */
  readonly units: ReadonlyMap<bigint, Unit>;
  /** In order for each owner. */
  readonly hungers: readonly Hunger[];
}

const STATEMENTS = [
  `CREATE UNLOGGED TABLE journal_event (id bigint, stream text, unit bigint, began timestamptz)`,
  `CREATE INDEX ON journal_event (stream, id)`,
  `CREATE UNLOGGED TABLE journal_hunger (number bigserial, owner text, unit bigint, began timestamptz, was timestamptz,
                                         due timestamptz, is_locked boolean, after bigint)`,
  `CREATE FUNCTION note_event() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     INSERT INTO journal_event SELECT id, stream, pg_current_xact_id()::text::bigint, now() FROM fresh;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER note_event AFTER INSERT ON outbox
     REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION note_event()`,
  `CREATE FUNCTION note_hunger() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE
     owner_key text := NEW.tenant_id || '/' || NEW.character_id;
   BEGIN
     INSERT INTO journal_hunger (owner, unit, began, was, due, is_locked, after)
     SELECT owner_key, pg_current_xact_id()::text::bigint, now(), OLD.hunger_due_at, NEW.hunger_due_at,
            EXISTS (SELECT FROM owner
                     WHERE tenant_id = NEW.tenant_id AND owner_id = NEW.character_id
                       AND xmax = pg_current_xact_id()::xid),
            coalesce((SELECT max(id) FROM journal_event WHERE stream = owner_key), 0);
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER note_hunger AFTER UPDATE ON character_session
     FOR EACH ROW WHEN (OLD.hunger_due_at <> NEW.hunger_due_at) EXECUTE FUNCTION note_hunger()`,
];

/** Creates the triggers. */
export async function keepJournal(database: Database): Promise<void> {
  for (const statement of STATEMENTS) await database.$executeRawUnsafe(statement);
}

export async function readJournal(database: Database): Promise<Journal> {
  const events = await database.$queryRaw<{ id: bigint; unit: bigint; began: Date }[]>`
    SELECT id, unit, began FROM journal_event`;
  const hungers = await database.$queryRaw<HungerRow[]>`SELECT * FROM journal_hunger ORDER BY number`;
  return {
    units: new Map(events.map(({ id, unit, began }) => [id, { id: unit, began: began.getTime() }])),
    hungers: hungers.map(({ owner, unit, began, was, due, is_locked: isLocked, after }) => ({
      owner,
      unit: { id: unit, began: began.getTime() },
      was: was.getTime(),
      due: due.getTime(),
      isLocked,
      after,
    })),
  };
}

interface HungerRow {
  readonly owner: string;
  readonly unit: bigint;
  readonly began: Date;
  readonly was: Date;
  readonly due: Date;
  readonly is_locked: boolean;
  readonly after: bigint;
}
