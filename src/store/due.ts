/** What is due by time: read without locks, a chunk after the other, and checked again once it is claimed. */
import type { OwnerKey } from './tables/owner.ts';

/** An owner with pets that are due. */
export interface Due extends OwnerKey {
  /** The templates of its spawned pets, each once; none if none is spawned. */
  readonly templates: readonly number[];
  /** Its position in the list of what is due: the time, in milliseconds since 1970, and the id, which orders those of one time. */
  readonly at: number;
  readonly id: number;
}

/** A position in a list of what is due. */
export type DueCursor = Pick<Due, 'at' | 'tenantId' | 'id'>;

/** Before everything. */
export const FIRST: DueCursor = {
  at: 0,
  tenantId: '00000000-0000-0000-0000-000000000000',
  id: -1,
};

// One line of a text per owner, see loadPetsStatement.
export const DUE_LINES = `string_agg(concat_ws(' ', (extract(epoch FROM at) * 1000)::bigint, tenant_id, owner_id, id,
                                    coalesce(templates, '')), ';' ORDER BY place) AS due`;

/** Reads the lines of {@link DUE_LINES}. */
export function parseDue(lines: string | null | undefined): Due[] {
  return (lines ?? '').split(';').flatMap((line) => {
    if (line === '') return [];
    const [at, tenantId = '', ownerId, id, templates] = line.split(' ');
    return [
      {
        at: Number(at),
        tenantId,
        ownerId: Number(ownerId),
        id: Number(id),
        templates: templates ? templates.split(',').map(Number) : [],
      },
    ];
  });
}
