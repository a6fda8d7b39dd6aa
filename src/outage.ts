import type { ErrorCode } from './errors.ts';
import { databaseErrorOf, failureOf } from './store/database-error.ts';
import { brokerSentence, connectionFault } from './transport/connection-fault.ts';

/**
 * Describes the failure of something that needs both broker and database. Returns the sentence for `/readyz`, with the code of
 * the system at fault if it is known, and the cause for the log.
 */
export function outageOf(code: ErrorCode, what: string, error: unknown): readonly [reason: string, cause: unknown] {
  // The broker comes first, because the errors of sockets are the same for both systems.
  const isOfDatabase =
    error !== undefined && connectionFault(error) === undefined && databaseErrorOf(error) !== undefined;
  return isOfDatabase ? failureOf(code, what, error) : [brokerSentence(error, code, what), error];
}
