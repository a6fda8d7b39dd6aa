import { forwardedOf } from '../context.ts';
import type { MessageHeaders } from '../context.ts';
import type { Decoded, Handler } from '../handlers/task.ts';
import { InvariantError } from '../invariant.ts';
import { Knowledge } from '../reference/facts.ts';
import type { References } from '../reference/source.ts';
import type { Lane } from './lane.ts';
import type { QueuedRecord } from './queued-record.ts';

export interface DecodeContext {
  /** By the topic that each reads. */
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly references: References;
  /** Names of the headers that are carried to all that a message causes. */
  readonly forwardedHeaders: readonly string[];
}

/** Decodes a record if it was not decoded before. An exception of the decoder is a bug and makes it a dead letter. */
export function decode(
  { handlers, references, forwardedHeaders }: DecodeContext,
  { topic }: Lane,
  queued: QueuedRecord,
): void {
  if (queued.state !== 'queued') return;
  const handler = handlers.get(topic);
  let decoded: Decoded<MessageHeaders>;
  try {
    if (handler === undefined) throw new InvariantError(`no handler for topic ${topic}`);
    decoded = handler.decode(queued.record);
  } catch (error) {
    queued.fail(error, true);
    return;
  }
  if (decoded.kind === 'skip') queued.skip();
  else if (decoded.kind === 'invalid') queued.refuse(decoded);
  else {
    const context = { ...decoded.context, forwarded: forwardedOf(queued.record.headers, forwardedHeaders) };
    queued.decode({ ...decoded, context }, new Knowledge(references, context));
  }
}
