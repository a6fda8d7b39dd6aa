import net from 'node:net';
import tls from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { guardSocket } from '../socket-guard.ts';

const KEEP_ALIVE_DELAY_MS = 60_000;

/**
 * Connects as kafkajs does by itself, with a guard on the socket: its decoder throws out of the socket's callback on what it
 * cannot read (a RangeError, for example, when leaders move under load).
 */
export const guardedSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  // Its types say that there always are options of TLS.
  const options = ssl as tls.ConnectionOptions | null | undefined;
  const servername = net.isIP(host) === 0 ? { servername: host } : {};
  const socket = options
    ? tls.connect({ host, port, ...servername, ...options }, onConnect)
    : net.connect({ host, port }, onConnect);
  return guardSocket(socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS));
};
