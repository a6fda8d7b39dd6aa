import { list } from '../statement.ts';

/** A pet, in one tenant. */
export interface PetKey {
  readonly tenantId: string;
  /** uint32. */
  readonly petId: number;
}

/** Returns the key columns of some pets. */
export function petKeyColumns(pets: readonly PetKey[]): [tenants: string, ids: string] {
  return [list(pets.map(({ tenantId }) => tenantId)), list(pets.map(({ petId }) => petId))];
}
