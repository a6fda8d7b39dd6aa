import net from 'node:net';
import tls from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { guardSocket } from '../socket-guard.ts';
import { ConnectionFault, socketFault } from './connection-fault.ts';

const KEEP_ALIVE_DELAY_MS = 60_000;

/** The bytes written before the end of a socket may leave within this time. */
const MAX_END_MS = 1_000;

/** The two bytes that an alert of TLS begins with. As the size of a response they would mean 352 MB. */
const TLS_ALERT = Buffer.from([0x15, 0x03]);

/** Why sockets failed: kafkajs keeps only the text. */
const faults = new WeakMap<net.Socket, ConnectionFault>();

/** Returns why the socket failed; undefined if it has not, or the reason is unknown. */
export function faultOf(socket: net.Socket): ConnectionFault | undefined {
  return faults.get(socket);
}

/** Gets an event for each connection to a broker, `host:port`. */
export interface ConnectionListener {
  began(broker: string): void;
  connected(broker: string): void;
}

/**
 * Connects as kafkajs does by itself, with a guard on the socket: its decoder throws out of the socket's callback on bytes that it
 * cannot read (a RangeError, for example, when leaders move under load). Remembers why a socket has failed.
 *
 * @param secureContext returns the TLS context of a connection; undefined if connections are not encrypted.
 */
export function socketFactory(secureContext?: () => SecureContext, listener?: ConnectionListener): ISocketFactory {
  return ({ host, port, onConnect }) => {
    const broker = `${host}:${String(port)}`;
    const hasTls = secureContext !== undefined;
    let isOpen = false;
    const connected = () => {
      isOpen = true;
      listener?.connected(broker);
      onConnect();
    };
    listener?.began(broker);
    const socket = open();
    socket.once('error', (error) => {
      const isUntrusted = socket instanceof tls.TLSSocket && Boolean(socket.authorizationError as unknown);
      faults.set(socket, socketFault(error, { broker, hasTls, isSecure: hasTls && isOpen, isUntrusted }));
    });
    if (!hasTls) {
      socket.once('data', (data: Buffer) => {
        if (!data.subarray(0, TLS_ALERT.length).equals(TLS_ALERT)) return;
        socket.destroy(new ConnectionFault('BROKER_TLS_MISMATCH', 'The broker requires TLS', broker));
      });
    }
    closeAtEnd(socket, () => isOpen);
    return guardSocket(socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS));

    function open(): net.Socket {
      const servername = net.isIP(host) === 0 ? { servername: host } : {};
      try {
        if (secureContext === undefined) return net.connect({ host, port }, connected);
        const options = { host, port, ...servername, secureContext: secureContext(), rejectUnauthorized: true };
        return tls.connect(options, connected);
      } catch (error) {
        // An error that is thrown here would lose all except its text in kafkajs. The caller listens to the socket first.
        return new net.Socket().destroy(error as Error);
      }
    }
  };
}

/**
 * Closes a socket that is ended. kafkajs ends it and forgets it: a silent broker would keep it open without limit, and an
 * abandoned attempt could still succeed, which kafkajs would mistake for the current one.
 */
function closeAtEnd(socket: net.Socket, isOpen: () => boolean): void {
  const end = socket.end.bind(socket) as (callback: () => void) => void;
  socket.end = () => {
    if (!isOpen()) return socket.destroy();
    const close = () => socket.destroy();
    setTimeout(close, MAX_END_MS).unref();
    end(close);
    return socket;
  };
}
