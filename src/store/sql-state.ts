/** The SQLSTATE in the error or in what caused it: Prisma keeps the driver's in `meta` or in `cause`. */
export function sqlState(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 5) return undefined;
  const { originalCode, meta, driverAdapterError, cause } = error as Record<string, unknown>;
  if (typeof originalCode === 'string') return originalCode;
  for (const inner of [meta, driverAdapterError, cause]) {
    const state = sqlState(inner, depth + 1);
    if (state !== undefined) return state;
  }
  return undefined;
}
