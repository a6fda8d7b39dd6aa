/** The rights that the service's role needs, in one table: for the check of what is missing, and for docs/security.md. */

/** What the service does with each table. Rows are locked by FOR UPDATE, which takes the right to update. */
const TABLES = {
  tenant: ['SELECT', 'INSERT', 'UPDATE'],
  owner: ['SELECT', 'INSERT', 'UPDATE'],
  pet: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  character_session: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  session_clock: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  pet_position: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  consumer_offset: ['SELECT', 'INSERT', 'UPDATE'],
  outbox: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  _prisma_migrations: ['SELECT'],
} as const;

/** They give the ids of new rows: the right to insert into the table is not enough. */
const SEQUENCES = ['pet_id_seq', 'outbox_id_seq'] as const;

/** Rows of name, right, and whether the role has it: NULL for what is not there yet, which needs none. */
export const NEEDED_RIGHTS: readonly string[] = [
  // Without it no table is found.
  `('schema public', 'USAGE', has_schema_privilege(to_regnamespace('public'), 'USAGE'))`,
  ...Object.entries(TABLES).flatMap(([table, rights]) =>
    rights.map((right) => `('${table}', '${right}', has_table_privilege(to_regclass('${table}'), '${right}'))`),
  ),
  ...SEQUENCES.map((name) => `('${name}', 'USAGE', has_sequence_privilege(to_regclass('${name}'), 'USAGE, UPDATE'))`),
];

/** The statements that give a role all that the service needs. */
export function grantStatements(role: string, database: string): string[] {
  const tables = Map.groupBy(Object.entries(TABLES), ([, rights]) => rights.join(', '));
  return [
    `GRANT CONNECT ON DATABASE ${database} TO ${role};`,
    `GRANT USAGE ON SCHEMA public TO ${role};`,
    ...[...tables].map(([rights, all]) => `GRANT ${rights} ON ${all.map(([table]) => table).join(', ')} TO ${role};`),
    `GRANT USAGE ON SEQUENCE ${SEQUENCES.join(', ')} TO ${role};`,
  ];
}
