import { petMovement } from '../../generated/contract/channels/pet-movement.js';
import type { ConsumedRecord, Invalid } from '../../generated/contract/record.js';
import type { MessageHeaders } from '../context.ts';
import { reportedFoothold } from '../domain/movement.ts';
import type { PositionReport } from '../domain/movement.ts';
import { InvariantError } from '../invariant.ts';

interface DecodedReport {
  readonly kind: 'report';
  readonly context: MessageHeaders;
  readonly report: PositionReport;
}

/** Decodes a record of the movement topic: a position report, or a breach of the contract. */
export function decodeReport(record: ConsumedRecord): DecodedReport | Invalid {
  const decoded = petMovement.decode(record);
  if (decoded.kind === 'skip') throw new InvariantError('a movement has no type, so none can be skipped');
  if (decoded.kind === 'invalid') return decoded;
  const { objectId, observerId, worldId, channelId, mapId, instance, x, y, stance, fh } = decoded.message;
  return {
    kind: 'report',
    context: decoded.headers,
    report: {
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
