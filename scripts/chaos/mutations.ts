/** Breaks of the service that the tests must notice: each takes away one of the things that keep a promise. */

export interface Mutation {
  /** What is broken. */
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The test file below test/chaos that notices, and which of its tests. */
  readonly file: string;
  readonly test: string;
  /** What the test says then: any other failure is none. */
  readonly finding: RegExp;
}

export interface Edit {
  readonly file: string;
  /** Stands there once. */
  readonly from: string;
  readonly to: string;
}

const ROSTERS = 'src/store/rosters.ts';
const LOADING = 'src/store/load-rosters.ts';
const OUTBOX = 'src/store/outbox.ts';
const PUBLISHER = 'src/outbox/publisher.ts';
const CHANNEL = 'src/outbox/channel-publisher.ts';
const BATCH = 'src/consumer/batch.ts';
const DUE = 'src/store/due.ts';
const SWEEP = 'src/schedule/sweep.ts';
const FETCHING = 'src/consumer/fetching.ts';

/** Lets the publisher send records that are not committed. */
const EARLY: readonly Edit[] = [
  {
    file: CHANNEL,
    from: '  publish(records: readonly PendingRecord[]): void {\n',
    to: `  early(records: readonly PendingRecord[]): Promise<unknown> {
    return send(this.#options, records);
  }

  publish(records: readonly PendingRecord[]): void {
`,
  },
  {
    file: PUBLISHER,
    from: '  publish(records: readonly PendingRecord[]): void {\n',
    to: `  async early(records: readonly PendingRecord[]): Promise<void> {
    for (const [channel, some] of Map.groupBy(records, (record) => record.channel)) await this.#of(channel).early(some);
  }

  publish(records: readonly PendingRecord[]): void {
`,
  },
];

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'no offset comparison',
    edits: [
      {
        file: BATCH,
        from: 'locked.get(partitionKey(lane)) === lane.expected);',
        to: 'locked.has(partitionKey(lane)));',
      },
    ],
    file: 'stall',
    test: 'about to apply',
    finding: /overtaken|more than once/,
  },
  {
    name: 'offset read once for all epochs',
    edits: [
      {
        file: 'src/consumer/start.ts',
        from: '  rows = await readOffsets(database, group);\n  const starts',
        to: '  rows = remembered ??= await readOffsets(database, group);\n  const starts',
      },
      {
        file: 'src/consumer/start.ts',
        from: 'export async function findStarts(',
        to: 'let remembered: Awaited<ReturnType<typeof readOffsets>> | undefined;\nexport async function findStarts(',
      },
    ],
    file: 'instances',
    test: 'one becomes four',
    finding: /records are not applied/,
  },
  {
    name: 'publish before the commit',
    edits: [
      {
        file: BATCH,
        from: "    await faultPoint('before-commit', pending.length);\n",
        to: `    await (context as unknown as { publisher: { publish(records: unknown): Promise<void> } }).publisher.publish(pending);
    await faultPoint('before-commit', pending.length);
`,
      },
      ...EARLY,
      {
        file: 'src/main.ts',
        from: `  publisherHandle.publish = (records) => {
    publisher.publish(records);
  };`,
        to: '  publisherHandle.publish = (records) => publisher.early(records);',
      },
      { file: 'src/consumer/consumer.ts', from: '    this.#options.publisher.publish(committed);\n', to: '' },
    ],
    file: 'kill',
    test: 'before-commit',
    finding: /should tell|more than once|overtaken/,
  },
  {
    name: 'claim without order',
    edits: [
      {
        file: OUTBOX,
        from: "string_agg(id::text, ',' ORDER BY id) FILTER",
        to: "string_agg(id::text, ',' ORDER BY number) FILTER",
      },
      { file: OUTBOX, from: '(ORDER BY stream, id) AS number\n', to: '(ORDER BY message_id) AS number\n' },
      { file: OUTBOX, from: '(PARTITION BY place ORDER BY id)', to: '(PARTITION BY place ORDER BY number)' },
      {
        file: OUTBOX,
        from: 'ORDER BY stream, id\n               LIMIT $4::int) AS numbered',
        to: 'ORDER BY message_id\n               LIMIT $4::int) AS numbered',
      },
    ],
    file: 'order',
    test: '',
    finding: /inversion/,
  },
  {
    name: 'no lock on the owner',
    edits: [
      { file: LOADING, from: '\n              FOR UPDATE) AS locked`', to: ') AS locked`' },
      { file: LOADING, from: '\n        FOR UPDATE SKIP LOCKED)\n   SELECT (', to: ')\n   SELECT (' },
    ],
    file: 'order',
    test: '',
    finding: /should tell|inversion/,
  },
  {
    name: 'lock and load in one statement',
    edits: [
      {
        file: LOADING,
        from: 'export const loadSpawnedStatement = statement(',
        to: `const lockAndLoadStatement = statement(
  \`SELECT string_agg(DISTINCT locked.tenant_id || '/' || locked.owner_id, ',') AS owners, \${PET_LINES}
     FROM (SELECT tenant_id, owner_id
             FROM owner
            WHERE (tenant_id, owner_id) IN (
                    SELECT pet.tenant_id, pet.owner_id
                      FROM unnest($1::uuid[], $2::bigint[]) AS target (tenant_id, id)
                      JOIN pet USING (tenant_id, id)
                     UNION ALL
                    SELECT * FROM unnest($3::uuid[], $4::bigint[]))
            ORDER BY tenant_id, owner_id
              FOR UPDATE) AS locked
     JOIN pet USING (tenant_id, owner_id)
    WHERE (pet.tenant_id, pet.id) IN (SELECT * FROM unnest($1::uuid[], $2::bigint[]))\`,
  { owners: 'text?', pets: 'text?' },
);
export const loadSpawnedStatement = statement(`,
      },
      {
        file: LOADING,
        from: 'const { locked, held } = await lockOwners(connection, [tenants, ids, ...ownerKeysOf(whole)], locks);',
        to: `const [loaded] = await query(connection, lockAndLoadStatement, tenants, ids, ...ownerKeysOf(whole));
  const [locked, held] = [keysIn(loaded?.owners), new Set(locks.held.map((one) => ownerKey(one.tenantId, one.ownerId)))];`,
      },
      {
        file: LOADING,
        from: '  const [loaded] = await query(connection, loadPetsStatement, tenants, ids);\n',
        to: '',
      },
    ],
    file: 'order',
    test: '',
    finding: /should tell/,
  },
  {
    name: 'delete before the ack',
    edits: [
      {
        file: CHANNEL,
        from: 'const { claimed, sent, result } = await inTransaction',
        to: 'const { claimed, records, sent } = await inTransaction',
      },
      {
        file: CHANNEL,
        from: `        await faultPoint('before-send', sent.length);
        const result = await send(this.#options, sent);
        this.#underWay = result.underWay;
        await faultPoint('after-publish', result.acked.length);
        const gone = [...forgotten, ...result.acked];
        if (gone.length > 0) await deleteOutbox(transaction, gone);
        for (const { id, reason } of result.refused) await parkOutbox(transaction, id, reason);
        return { claimed, sent: forgotten.length + parked.size + sent.length, result };
`,
        to: `        await deleteOutbox(transaction, sent.map(({ id }) => id));
        return { claimed, records: sent, sent: forgotten.length + parked.size + sent.length };
`,
      },
      {
        file: CHANNEL,
        from: "      await faultPoint('after-delete', result.acked.length);\n",
        to: `      await faultPoint('before-send', records.length);
      const result = await send(this.#options, records);
      await faultPoint('after-publish', result.acked.length);
`,
      },
    ],
    file: 'kill',
    test: 'before-send',
    finding: /is lost|should tell/,
  },
  {
    name: 'rows by age',
    edits: [
      {
        file: OUTBOX,
        from: 'WHERE (stream, id) >= (wanted.stream',
        to: "WHERE created_at < now() - interval '2 s' AND (stream, id) >= (wanted.stream",
      },
    ],
    file: 'kill',
    test: 'whatever their age',
    finding: /inversion|told of late/,
  },
  {
    name: 'claim that skips what is locked',
    edits: [{ file: OUTBOX, from: ' FILTER (WHERE number = number_among_locked)', to: '' }],
    file: 'order',
    test: '',
    finding: /inversion/,
  },
  {
    name: 'pets of all tenants',
    edits: [
      { file: ROSTERS, from: 'if (tracked?.tenantId !== tenantId || tracked.pet', to: 'if (tracked?.pet' },
      {
        file: LOADING,
        from: `  \`SELECT \${PET_LINES}
     FROM unnest($1::uuid[], $2::bigint[]) AS target (tenant_id, id)
     JOIN pet USING (tenant_id, id)\`,`,
        to: `  \`SELECT \${PET_LINES}
     FROM unnest($1::uuid[], $2::bigint[]) AS target (tenant, id)
     JOIN pet USING (id)\`,`,
      },
      {
        file: LOADING,
        from: `                      FROM unnest($1::uuid[], $2::bigint[]) AS target (tenant_id, id)
                      JOIN pet USING (tenant_id, id)
                     UNION ALL
                    SELECT * FROM`,
        to: `                      FROM unnest($1::uuid[], $2::bigint[]) AS target (tenant, id)
                      JOIN pet USING (id)
                     UNION ALL
                    SELECT * FROM`,
      },
    ],
    file: 'order',
    test: '',
    finding: /should tell/,
  },
  {
    name: 'sweep without the lock on the owner',
    edits: [
      {
        file: LOADING,
        from: '\n            ORDER BY tenant_id, owner_id\n              FOR UPDATE SKIP LOCKED) AS claimed`',
        to: ') AS claimed`',
      },
    ],
    file: 'order',
    test: '',
    finding: /should tell|inversion/,
  },
  {
    name: 'sweep that waits for locks',
    edits: [
      {
        file: LOADING,
        from: 'FOR UPDATE SKIP LOCKED) AS claimed`',
        to: 'FOR UPDATE) AS claimed`',
      },
    ],
    file: 'sweep',
    test: '',
    finding: /those whom nobody holds wait/,
  },
  {
    name: 'hunger claimed as it was read',
    edits: [
      {
        file: DUE,
        from: 'AND hunger_due_at <= to_timestamp($3::float8 / 1000)\n            ORDER',
        to: 'AND $3::float8 > 0\n            ORDER',
      },
    ],
    file: 'sweep',
    test: '',
    finding: /too soon/,
  },
  {
    name: 'hunger postponed after the commit',
    edits: [
      { file: SWEEP, from: '    await sweep.done(transaction, done, now);\n', to: '' },
      {
        file: SWEEP,
        from: "  await faultPoint('sweep-after-commit', swept.committed.length);\n",
        to: `  await faultPoint('sweep-after-commit', swept.committed.length);
  await inTransaction(database, (transaction) => sweep.done(transaction, swept.done, now));
`,
      },
    ],
    file: 'sweep',
    test: '',
    finding: /too soon|what nothing has caused/,
  },
  {
    name: 'hunger postponed before its events',
    edits: [
      { file: SWEEP, from: '    await sweep.done(transaction, done, now);\n', to: '' },
      {
        file: SWEEP,
        from: '    for (const owner of await sweep.claim(transaction, held, now)) {',
        to: `    const due = await inTransaction(database, async (first) => {
      const still = await sweep.claim(first, held, now);
      await sweep.done(first, still, now);
      return still;
    });
    for (const owner of due) {`,
      },
    ],
    file: 'sweep',
    test: '',
    finding: /was skipped|what nothing has caused/,
  },
  {
    name: 'sessions in the order of reading',
    edits: [{ file: 'src/domain/session.ts', from: 'sentAt < lastEventAt', to: 'sentAt < -Infinity' }],
    file: 'order',
    test: '',
    finding: /is stored otherwise than was told/,
  },
  {
    name: 'hunger that starts over at a login',
    edits: [
      {
        file: 'src/store/sessions.ts',
        from: '          instance = excluded.instance`',
        to: '          instance = excluded.instance, hunger_due_at = excluded.hunger_due_at`',
      },
    ],
    file: 'order',
    test: '',
    finding: /too soon|was skipped/,
  },
  {
    name: 'events of a sweep sent before its commit',
    edits: [
      {
        file: SWEEP,
        from: "    await faultPoint('sweep-before-commit', pending.length);\n",
        to: `    await (context as unknown as { publisher: { early(records: unknown): Promise<void> } }).publisher.early(pending);
    await faultPoint('sweep-before-commit', pending.length);
`,
      },
      { file: SWEEP, from: '  { database, clock }: SweepContext,\n', to: '  context: SweepContext,\n' },
      {
        file: SWEEP,
        from: '): Promise<Swept> {\n',
        to: '): Promise<Swept> {\n  const { database, clock } = context;\n',
      },
      ...EARLY,
      {
        file: 'src/main.ts',
        from: '    publish: publisherHandle.publish,\n',
        to: '    publish: publisherHandle.publish,\n    ...{ early: (records: never) => publisher.early(records) },\n',
      },
    ],
    file: 'sweep',
    test: '',
    finding: /not told by one unit/,
  },
  {
    name: 'facts that are not kept',
    edits: [
      {
        file: 'src/consumer/effect.ts',
        from: '    facts,\n    roll:',
        to: '    facts: new Knowledge(unit.context.references, task.context),\n    roll:',
      },
    ],
    file: 'references',
    test: '',
    finding: /not enough/,
  },
  {
    name: 'outage of a service not waited out',
    edits: [{ file: FETCHING, from: '        await backoff.wait(stop);\n', to: '        break;\n' }],
    file: 'references',
    test: '',
    finding: /nothing is said/,
  },
  {
    name: 'all lanes wait for a service',
    edits: [
      {
        file: 'src/consumer/lane.ts',
        from: '  let left = most;\n',
        to: '  if (lanes.some(({ head }) => head?.isWaitingForFacts)) return [];\n  let left = most;\n',
      },
    ],
    file: 'references',
    test: '',
    finding: /not enough/,
  },
];
