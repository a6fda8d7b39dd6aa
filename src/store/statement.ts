import type { Prisma } from '../../generated/prisma/client.ts';
import { InvariantError } from '../invariant.ts';

/** The column types that our statements return, and what Prisma makes of them. */
interface ColumnTypes {
  bool: boolean;
  int4: number;
  int8: bigint;
  'int8?': bigint | null;
  text: string;
  'text?': string | null;
}

/** The parameter types that our statements take, and what we hand to Prisma for them. */
interface ParameterTypes {
  text: string;
  uuid: string;
  json: string;
  int2: number;
  int4: number;
  int8: number | bigint;
  float8: number;
  'bool[]': ArrayText<boolean>;
  'int2[]': ArrayText<number>;
  'int4[]': ArrayText<number>;
  'int8[]': ArrayText<number>;
  'text[]': ArrayText<'text'>;
  'uuid[]': ArrayText<string>;
}

export type ParameterType = keyof ParameterTypes;
export type ParameterValue<Type extends ParameterType> = ParameterTypes[Type];
type Columns = Readonly<Record<string, keyof ColumnTypes>>;
export type Row<C extends Columns> = { readonly [Name in keyof C]: ColumnTypes[C[Name]] };
type Values<P extends readonly ParameterType[]> = { readonly [Index in keyof P]: ParameterTypes[P[Index]] };

/** Raw SQL with the types of its parameters and of the columns that it returns; a test compares both with the database's. */
export interface Statement<P extends readonly ParameterType[], C extends Columns> {
  readonly text: string;
  readonly parameters: P;
  readonly columns: C;
}

export function statement<const P extends readonly ParameterType[], const C extends Columns>(
  text: string,
  parameters: P,
  columns: C,
): Statement<P, C> {
  return { text, parameters, columns };
}

/** The part of Prisma's client that a transaction and the plain client share. */
export type Connection = Pick<Prisma.TransactionClient, '$queryRawUnsafe' | '$executeRawUnsafe'>;

export function query<const P extends readonly ParameterType[], C extends Columns>(
  connection: Connection,
  { text }: Statement<P, C>,
  ...values: Values<P>
): Promise<readonly Row<C>[]> {
  return connection.$queryRawUnsafe<Row<C>[]>(text, ...values);
}

/** Runs a statement that returns exactly one row, such as an aggregate without GROUP BY. */
export async function queryOne<const P extends readonly ParameterType[], C extends Columns>(
  connection: Connection,
  { text }: Statement<P, C>,
  ...values: Values<P>
): Promise<Row<C>> {
  const [row, ...others] = await connection.$queryRawUnsafe<Row<C>[]>(text, ...values);
  if (row === undefined || others.length > 0) throw new InvariantError(`not exactly one row: ${text}`);
  return row;
}

/** @returns how many rows it touched. */
export function execute<const P extends readonly ParameterType[]>(
  connection: Connection,
  { text }: Statement<P, Columns>,
  ...values: Values<P>
): Promise<number> {
  return connection.$executeRawUnsafe(text, ...values);
}

/** An array literal of Postgres, with the type of its elements: number stands for bigint too. */
export type ArrayText<Element = unknown> = string & { readonly [ELEMENT]: Element };
declare const ELEMENT: unique symbol;

/**
 * Returns an array parameter as Postgres' array literal, for elements that need no quotes: numbers, UUIDs, booleans, null.
 * Prisma type-tests, stringifies and escapes an array element by element; one string costs a tenth of that.
 */
export function list<Element extends number | bigint | string | boolean | null>(
  values: Iterable<Element>,
): ArrayText<Widened<Element>> {
  const texts: string[] = [];
  for (const value of values) texts.push(value === null ? 'NULL' : String(value));
  return `{${texts.join(',')}}` as ArrayText<never>;
}
type Widened<Element> = Element extends number | bigint
  ? number
  : Element extends string
    ? string
    : Element extends boolean
      ? boolean
      : never;

/** Returns an array parameter of texts, each in quotes: a text may have any character. */
export function textList(values: Iterable<string | null>): ArrayText<'text'> {
  const texts: string[] = [];
  for (const value of values) texts.push(value === null ? 'NULL' : `"${value.replaceAll(/["\\]/g, '\\$&')}"`);
  return `{${texts.join(',')}}` as ArrayText<'text'>;
}

/** Rows in one statement if their number has no bound of its own: it has to end within `statement_timeout`. */
const MAX_ITEMS = 10_000;

/** Divides the items, in order, into chunks, each for a statement of its own. */
export function* chunksOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += MAX_ITEMS) yield items.slice(at, at + MAX_ITEMS);
}
