import { petMovement } from '../../generated/contract/channels/pet-movement.ts';
import type { ConsumedRecord, Invalid } from '../../generated/contract/record.ts';
import type { MessageHeaders } from '../context.ts';
import { isSameClaim, reportedFoothold, superseding } from '../domain/movement.ts';
import type { PositionReport } from '../domain/movement.ts';

export type { PositionReport };
export { isSameClaim, superseding };

interface Decoded {
  readonly kind: 'move';
  readonly context: MessageHeaders;
  readonly move: PositionReport;
}

/** What a record of the movement topic turns out to be: a move, or a breach of the contract. */
export function decodeMove(record: ConsumedRecord): Decoded | Invalid {
  const decoded = petMovement.decode(record);
  if (decoded.kind === 'skip') throw new Error('movements have no types, none is skipped');
  if (decoded.kind === 'invalid') return decoded;
  const { objectId, observerId, worldId, channelId, mapId, instance, x, y, stance, fh } = decoded.message;
  return {
    kind: 'move',
    context: decoded.headers,
    move: {
      tenantId: decoded.headers.TENANT_ID,
      petId: objectId,
      ownerId: observerId,
      worldId,
      channelId,
      mapId,
      instance,
      x,
      y,
      stance,
      fh: reportedFoothold(fh),
    },
  };
}
