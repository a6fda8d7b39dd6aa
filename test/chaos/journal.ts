/**
 * What the database itself notes of a run, in triggers of the test's own: which unit of work told what, and each time
 * that hunger was postponed. What is rolled back is not in it, so it says exactly what events cannot: when a sweep was,
 * and that there was one which told nothing.
 */
import type { Database } from '../../src/store/database.ts';

/** A transaction that told something. */
export interface Unit {
  readonly id: bigint;
  /** When it began, which is after it looked at its clock: milliseconds since 1970, like the others here. */
  readonly began: number;
}

/** The hunger of a session's pets was looked at. */
export interface Hunger {
  /** Tenant and character. */
  readonly owner: string;
  readonly unit: Unit;
  /** Since when that was due, and when it is due next. */
  readonly was: number;
  readonly due: number;
  /** Whether the unit held the lock on the owner. It does not need it where nobody is out. */
  readonly isLocked: boolean;
  /** The owner's last event before it; what tells nothing has no other place in their order. */
  readonly after: bigint;
}

export interface Journal {
  /** Who told an event, by its SEQUENCE. */
  readonly units: ReadonlyMap<bigint, Unit>;
  /** In order, as far as they are of one owner. */
  readonly hungers: readonly Hunger[];
}

const STATEMENTS = [
  `CREATE UNLOGGED TABLE journal_told (id bigint, stream text, unit bigint, began timestamptz)`,
  `CREATE INDEX ON journal_told (stream, id)`,
  `CREATE UNLOGGED TABLE journal_hunger (place bigserial, owner text, unit bigint, began timestamptz, was timestamptz,
                                         due timestamptz, is_locked boolean, after bigint)`,
  `CREATE FUNCTION note_told() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     INSERT INTO journal_told SELECT id, stream, pg_current_xact_id()::text::bigint, now() FROM fresh;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER note_told AFTER INSERT ON outbox
     REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION note_told()`,
  `CREATE FUNCTION note_hunger() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE
     owner_key text := NEW.tenant_id || '/' || NEW.character_id;
   BEGIN
     INSERT INTO journal_hunger (owner, unit, began, was, due, is_locked, after)
     SELECT owner_key, pg_current_xact_id()::text::bigint, now(), OLD.hunger_due_at, NEW.hunger_due_at,
            EXISTS (SELECT FROM owner
                     WHERE tenant_id = NEW.tenant_id AND owner_id = NEW.character_id
                       AND xmax = pg_current_xact_id()::xid),
            coalesce((SELECT max(id) FROM journal_told WHERE stream = owner_key), 0);
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER note_hunger AFTER UPDATE ON character_session
     FOR EACH ROW WHEN (OLD.hunger_due_at <> NEW.hunger_due_at) EXECUTE FUNCTION note_hunger()`,
];

/** Before anything happens. */
export async function keepJournal(database: Database): Promise<void> {
  for (const statement of STATEMENTS) await database.$executeRawUnsafe(statement);
}

export async function readJournal(database: Database): Promise<Journal> {
  const told = await database.$queryRaw<{ id: bigint; unit: bigint; began: Date }[]>`
    SELECT id, unit, began FROM journal_told`;
  const hungers = await database.$queryRaw<HungerRow[]>`SELECT * FROM journal_hunger ORDER BY place`;
  return {
    units: new Map(told.map(({ id, unit, began }) => [id, { id: unit, began: began.getTime() }])),
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
