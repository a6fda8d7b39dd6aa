import { list, textList } from './statement.ts';
import type { ArrayText, ParameterValue } from './statement.ts';

/** The types of elements that we send in arrays, by the name of their SQL type. */
const SQL_TYPES = { bool: 'bool', int2: 'smallint', int4: 'int', int8: 'bigint', text: 'text', uuid: 'uuid' } as const;
type ElementType = keyof typeof SQL_TYPES;

/** A column: its name, the type of its elements, and the value that it has in a row. */
export type ArrayColumn<Row> = readonly [name: string, type: ElementType, value: (row: Row) => ElementValue];
type ElementValue = number | bigint | string | boolean | null;

type ArrayTypes<Columns> = {
  readonly [Index in keyof Columns]: Columns[Index] extends readonly [string, infer Type extends ElementType, unknown]
    ? `${Type}[]`
    : never;
};
type Arrays<Columns> = {
  [Index in keyof Columns]: Columns[Index] extends readonly [string, infer Type extends ElementType, unknown]
    ? ParameterValue<`${Type}[]`>
    : never;
};

/**
 * Defines rows that a statement takes as arrays, one for each column: the names and types in its SQL, the types of its
 * parameters and their values come from here, so that they cannot part ways.
 */
export function arrayColumns<Row>() {
  return <const Columns extends readonly ArrayColumn<Row>[]>(...columns: Columns) => {
    const names = columns.map(([name]) => name).join(', ');
    return {
      names,
      types: columns.map(([, type]) => `${type}[]`) as unknown as ArrayTypes<Columns>,
      /** Returns the SQL of the rows. @param first the number of the first parameter. @param alias with the columns' names. */
      unnest(first: number, alias?: string): string {
        const arrays = columns.map(([, type], index) => `$${String(first + index)}::${SQL_TYPES[type]}[]`);
        return `unnest(${arrays.join(', ')})${alias === undefined ? '' : ` AS ${alias} (${names})`}`;
      },
      values(rows: readonly Row[]): Arrays<Columns> {
        const arrays: readonly ArrayText[] = columns.map(([, type, value]) => arrayOf(type, rows.map(value)));
        return arrays as unknown as Arrays<Columns>;
      },
    };
  };
}

function arrayOf(type: ElementType, values: readonly ElementValue[]): ArrayText {
  return type === 'text' ? textList(values.map((value) => (value === null ? null : String(value)))) : list(values);
}
