/**
 * What generated code uses of Node, as a declaration file. Reading @types/node would take most of the time of a compilation;
 * the tests compile generated code with the real ones.
 */
export const NODE_TYPES = `
declare class Buffer extends Uint8Array {
  static from(value: string | Uint8Array): Buffer;
  static allocUnsafe(size: number): Buffer;
  static isBuffer(value: unknown): value is Buffer;
  toString(encoding?: 'utf8' | 'latin1' | 'hex'): string;
  subarray(start?: number, end?: number): Buffer;
  readUInt16BE(offset: number): number;
  readUInt32LE(offset: number): number;
  writeUInt16BE(value: number, offset: number): number;
  writeUInt32LE(value: number, offset: number): number;
}
declare module 'node:buffer' {
  export function isAscii(bytes: Uint8Array): boolean;
  export function isUtf8(bytes: Uint8Array): boolean;
}
declare module 'node:crypto' {
  export function randomUUID(): string;
}
`;
