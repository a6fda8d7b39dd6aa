/** What the comparison of two versions finds. */
import type { Path } from '../pointer.ts';
import type { Use } from './service.ts';

export type Verdict = 'breaking' | 'look' | 'safe';

/** A record that one side may send and the other one refuses, or does not find. */
export interface Witness {
  readonly topic: string | undefined;
  /** Text, or bytes in hexadecimal notation. */
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: unknown;
  /** What the reader does with it. */
  readonly outcome: string;
}

/** Where a rule applies. */
export interface Location {
  /** The version that has the location. */
  readonly version: 'old' | 'new';
  readonly path: Path;
}

/** A channel, message, field or header, as consumers declare them. */
export interface Subject {
  readonly channel?: string;
  readonly message?: string;
  readonly field?: readonly string[];
  readonly header?: string;
}

export interface Found {
  readonly rule: string;
  readonly verdict: Verdict;
  readonly location: Location;
  /** What the service does with the messages; undefined if that does not matter. */
  readonly direction: Use | undefined;
  readonly why: string;
  readonly witness?: Witness | undefined;
  readonly subject: Subject;
  /** Whether it needs a look if a declared team uses what it is about. */
  readonly isLookOfReaders?: boolean;
  /** Whether only readers are broken that accept nothing new. */
  readonly isStrictOnly?: boolean;
}
