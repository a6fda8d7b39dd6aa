import { expect, it } from '@jest/globals';
import { tableOf, tableWithShared } from '../../src/operator/table.ts';

it('aligns numbers at the right and text at the left, without quotes and row numbers', () => {
  const rows = [
    { name: 'a', offset: 12n, lag: undefined },
    { name: 'longer', offset: 3n, lag: 100 },
  ];
  expect(tableOf(rows)).toBe(['name    offset  lag', 'a           12    -', 'longer       3  100'].join('\n'));
});

it('prints a value that all rows share once', () => {
  const row = { channel: 'petStatus', reason: 'too large' };
  const rows = [1, 2].map((id) => ({ id, ...row, stream: `s${String(id)}` }));
  expect(tableWithShared(rows, ['channel', 'stream', 'reason'])).toBe(
    ['channel: petStatus', 'reason: too large', 'id  stream', ' 1  s1', ' 2  s2'].join('\n'),
  );
  expect(tableWithShared(rows.slice(0, 1), ['channel'])).toBe(
    ['id  channel    reason     stream', ' 1  petStatus  too large  s1'].join('\n'),
  );
});
