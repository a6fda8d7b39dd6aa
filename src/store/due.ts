/** What is due by time: read without locks, a chunk after the other, and checked again once it is claimed. */
import type { OwnerKey } from './tables/owner.ts';
import { milliseconds, number, numbersIn, plainText, readRows } from './text-rows.ts';

/** An owner with pets that are due. */
export interface DueOwner extends OwnerKey {
  /** The templates of its spawned pets, each once; none if none is spawned. */
  readonly templates: readonly number[];
  /** Its position in the list of what is due: the time, in milliseconds since 1970, and the id, which breaks ties. */
  readonly at: number;
  readonly id: number;
}

/** A position in a list of what is due. */
export type DueCursor = Pick<DueOwner, 'at' | 'tenantId' | 'id'>;

/** Before everything. */
export const BEFORE_ALL: DueCursor = {
  at: 0,
  tenantId: '00000000-0000-0000-0000-000000000000',
  id: -1,
};

/** An owner is one line of a text. The query names its columns so, and numbers the lines by `place`. */
export const DUE_ROWS = readRows(
  { column: ' ', row: ';' },
  {
    at: number(milliseconds('at')),
    tenantId: plainText('tenant_id'),
    ownerId: number('owner_id'),
    id: number('id'),
    templates: numbersIn('templates'),
  },
);
export const DUE = `${DUE_ROWS.aggregate('ORDER BY place')} AS due`;
