/** Beginnings of sentences that several rules have. */
import type { Side } from '../records/side.ts';
import type { Use } from '../service.ts';

/** Begins a sentence about a record that the reader does not accept. */
export function mayBeRefused({ use, writer }: { readonly use: Use; readonly writer: Side }): string {
  const { component } = writer.message;
  return use === 'receive'
    ? `Clients of the old version may send ${component} in a form that the service does not accept`
    : `The service may send ${component} in a form that readers of the old version do not accept`;
}
