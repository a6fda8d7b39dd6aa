import { Socket } from 'node:net';
import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { guardSocket } from '../src/socket-guard.ts';

it('destroys the socket with the error that a data listener throws', async () => {
  const socket = guardSocket(new Socket());
  socket.on('data', () => {
    throw new RangeError('too long');
  });
  const failed = once(socket, 'error');
  socket.emit('data', Buffer.from('x'));
  expect(await failed).toEqual([new RangeError('too long')]);
  expect(socket.destroyed).toBe(true);
});

it('does not catch the errors of other listeners', () => {
  const socket = guardSocket(new Socket());
  socket.on('ready', () => {
    throw new Error('ours');
  });
  expect(() => socket.emit('ready')).toThrow('ours');
  expect(socket.destroyed).toBe(false);
});
