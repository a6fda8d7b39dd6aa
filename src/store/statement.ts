import type { Prisma } from '../../generated/prisma/client.ts';

/** The column types our statements return, and what Prisma hands us for them. */
interface ColumnTypes {
  bool: boolean;
  int4: number;
  int8: bigint;
  'int8?': bigint | null;
  text: string;
  'text?': string | null;
}

type Columns = Readonly<Record<string, keyof ColumnTypes>>;
export type Row<C extends Columns> = { readonly [Name in keyof C]: ColumnTypes[C[Name]] };

/** Raw SQL with the columns it returns: the row's TypeScript type comes from them, so the two cannot part ways. */
export interface Statement<C extends Columns> {
  readonly text: string;
  readonly columns: C;
}

export function statement<const C extends Columns>(text: string, columns: C): Statement<C> {
  return { text, columns };
}

/** The part of Prisma's client that a transaction and the plain client share. */
export type Connection = Pick<Prisma.TransactionClient, '$queryRawUnsafe' | '$executeRawUnsafe'>;

/** The values a statement takes: arrays travel as one literal, see {@link list}. */
type Parameter = string | number | bigint | null;

export function query<C extends Columns>(
  connection: Connection,
  { text }: Statement<C>,
  ...parameters: readonly Parameter[]
): Promise<readonly Row<C>[]> {
  return connection.$queryRawUnsafe<Row<C>[]>(text, ...parameters);
}

/** @returns how many rows it touched. */
export function execute(
  connection: Connection,
  { text }: Statement<Columns>,
  ...parameters: readonly Parameter[]
): Promise<number> {
  return connection.$executeRawUnsafe(text, ...parameters);
}

/**
 * An array parameter as Postgres' array literal, for elements that need no quotes: numbers, UUIDs, null.
 * Prisma type-tests, stringifies and escapes an array element by element; one string costs a tenth of that.
 */
export function list(values: Iterable<number | bigint | string | null>): string {
  const parts: string[] = [];
  for (const value of values) parts.push(value === null ? 'NULL' : String(value));
  return `{${parts.join(',')}}`;
}

/** What one statement takes of a list that has no bound of its own: it has to end within `statement_timeout`. */
const MAX_ITEMS = 10_000;

/** The list in parts, in order, each for a statement of its own. */
export function* chunksOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += MAX_ITEMS) yield items.slice(at, at + MAX_ITEMS);
}
