import { arrayColumns } from '../array-columns.ts';

/** A pet, in one tenant. */
export interface PetKey {
  readonly tenantId: string;
  /** uint32. */
  readonly petId: number;
}

/** Keys of pets as arrays. */
export const PET_KEYS = arrayColumns<PetKey>()(
  ['tenant_id', 'uuid', ({ tenantId }) => tenantId],
  ['id', 'int8', ({ petId }) => petId],
);
