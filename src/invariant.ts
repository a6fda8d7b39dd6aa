/** Assertions: what must hold in our own code. Every room may use them, the domain too. */

/** Reports that something which must hold does not. It is a bug, never an outage: see `classify` in src/store/failure.ts. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/**
 * Returns `value`, which must exist.
 *
 * @param what what it is, for the message: "pet 7".
 * @throws {InvariantError} if it is undefined.
 */
export function mustExist<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new InvariantError(`${what} must exist`);
  return value;
}
