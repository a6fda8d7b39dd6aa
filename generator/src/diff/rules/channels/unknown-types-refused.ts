import { recordOf } from '../../records/record.ts';
import type { Side } from '../../records/side.ts';
import { outcomeOf } from '../../records/witness.ts';
import type { WireRecord } from '../../wire/reader.ts';
import type { ChannelRule } from '../rule.ts';

export const unknownTypesRefused: ChannelRule = {
  id: 'unknown-types-refused',
  kind: 'channel',
  title: 'Records of unlisted types are refused',
  directions: ['receive'],
  about: 'The channel skipped them, so other types are sent there. Now they are invalid.',
  remedy: 'Keep `x-unknown-types: skip`, or list the types.',
  check({ before, after, decoders, writer }) {
    const { unknownTypes, apart } = before.contract;
    const isRefused = unknownTypes === 'skip' && after.contract.unknownTypes === 'refuse' && apart.by !== 'nothing';
    if (!isRefused || writer === undefined) return undefined;
    const record = recordOfAnotherType({ ...writer, decoder: decoders.before });
    const [was, is] = [decoders.before.read(record), decoders.after.read(record)];
    if (was.kind !== 'skip' || is.kind === 'skip') return undefined;
    return {
      verdict: 'breaking',
      path: ['x-unknown-types'],
      why: `Records of types that are not listed were skipped on ${after.contract.key}, and are invalid now`,
      record,
      outcome: outcomeOf(is),
    };
  },
};

const ANOTHER = 'ANOTHER_TYPE';

function recordOfAnotherType(side: Side): WireRecord {
  const record = recordOf(side);
  const { apart } = side.channel.contract;
  if (apart.by === 'header') return { ...record, headers: { ...record.headers, [apart.name]: Buffer.from(ANOTHER) } };
  const payload = apart.by === 'field' ? { [apart.name]: ANOTHER } : { another: ANOTHER };
  return { ...record, value: Buffer.from(JSON.stringify(payload)) };
}
