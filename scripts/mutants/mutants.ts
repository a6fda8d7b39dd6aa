/** Mutants: copies of the service in which one thing that keeps a promise is missing. The tests must notice each. */
import type { ServiceSource } from './service-source.ts';

export interface Mutant {
  /** What is missing or wrong in it. */
  readonly name: string;
  /** Makes it of the service. */
  change(service: ServiceSource): void;
  /** Test files below test/chaos, by the start of their names: the first that fails kills it. */
  readonly files: readonly string[];
  /** The pattern of the tests in these files that are run; all if it is empty. */
  readonly test: string;
  /** What a failure must report. Any other failure, such as one of the machine, does not count. */
  readonly finding: RegExp;
}

/** Lets the publisher send records that are not committed: `globalThis.sendEarly(records)`. */
function addSendEarly(service: ServiceSource): void {
  service
    .code('ChannelPublisher')
    .prepend('early(records: any): Promise<unknown> { return send(this.#options, records); }');
  service.code('Publisher').prepend(`async early(records: any): Promise<void> {
    for (const [channel, some] of Map.groupBy(records, (record: any) => record.channel)) await this.#of(channel).early(some);
  }`);
  service.code('Publisher.start').prepend('(globalThis as any).sendEarly = (records: any) => this.early(records);');
}

const SEND_EARLY = 'await (globalThis as any).sendEarly';

/** Lets facts be given up: `facts.giveUp(needs)`, as if their service failed at these questions only. */
function addGiveUp(service: ServiceSource): void {
  service.code('Knowledge').prepend(`giveUp(needs: any): void {
    this.#settled ??= new Map();
    for (const { fact, question } of needs)
      this.#settled.set(keyOf(fact, question), { kind: 'unavailable', message: 'given up' });
  }`);
}

/** What the ledger of test/chaos reports when a unit of work has decided from old rows. */
const WRONG_DECISION = /should produce/;
/** The same, or events in another order. */
const WRONG_DECISION_OR_ORDER = /should produce|inversion/;

/** What the chaos tests report of a promise that is broken: an error of the machine is none of these. */
const BROKEN_PROMISE =
  /should produce|is lost|more than once|overtaken|inversion|too soon|was skipped|not stored as its events say|records are not applied|the outbox is not empty|is a dead letter|must not be applied|has its result too late|has no events|is due for|has no CREATED|a POST was answered with/;

/** Each breaks a promise of docs/guarantees.md. */
const BROKEN_PROMISES: readonly Mutant[] = [
  {
    name: 'no offset comparison',
    change: (service) =>
      service
        .code('fence')
        .replace(
          '$shares.filter(({ lane }) => $locked.get($key(lane)) === lane.expected)',
          '$shares.filter(({ lane }) => $locked.has($key(lane)))',
        ),
    files: ['stall'],
    test: 'about to apply',
    finding: /overtaken|more than once/,
  },
  {
    name: 'offset read once for all epochs',
    change: (service) =>
      service
        .code('findStarts')
        .replace(
          '$rows = await readOffsets($database, $group)',
          '$rows = (globalThis as any).rememberedOffsets ??= await readOffsets($database, $group)',
        ),
    files: ['instances'],
    test: 'one becomes four',
    finding: /records are not applied/,
  },
  {
    name: 'publish before the commit',
    change(service) {
      addSendEarly(service);
      service.code('applyBatch').before("faultPoint('before-commit', $pending.length)", `${SEND_EARLY}($pending);`);
      service.code('Consumer').remove('this.#options.publisher.publish($committed)');
    },
    files: ['kill'],
    test: 'before-commit',
    finding: BROKEN_PROMISE,
  },
  {
    name: 'claim without order',
    change: (service) =>
      service
        .sql('claimOutboxStatement')
        .replace("string_agg(id::text, ',' ORDER BY id) FILTER", "string_agg(id::text, ',' ORDER BY number) FILTER")
        .replace('(ORDER BY stream, id) AS number', '(ORDER BY message_id) AS number')
        .replace('(PARTITION BY $place ORDER BY id)', '(PARTITION BY $place ORDER BY number)')
        .replace('ORDER BY stream, id LIMIT $4::int) AS numbered', 'ORDER BY message_id LIMIT $4::int) AS numbered'),
    files: ['order'],
    test: '',
    finding: /inversion/,
  },
  {
    name: 'no lock on the owner',
    change(service) {
      service.sql('lockOwnersStatement').remove('FOR UPDATE');
      service.sql('lockFreeOwnersStatement').remove('FOR UPDATE SKIP LOCKED');
    },
    files: ['order'],
    test: '',
    finding: WRONG_DECISION_OR_ORDER,
  },
  {
    name: 'lock and load in one statement',
    change(service) {
      service.sql('lockOwnersStatement').remove('FOR UPDATE');
      service.sql('lockFreeOwnersStatement').remove('FOR UPDATE SKIP LOCKED');
      service.sql('loadPetsStatement').replace(
        'JOIN pet USING (tenant_id, id)',
        `JOIN pet USING (tenant_id, id)
     JOIN (SELECT tenant_id, owner_id
             FROM owner
            WHERE (tenant_id, owner_id) IN (
                    SELECT pet.tenant_id, pet.owner_id
                      FROM unnest($1::uuid[], $2::bigint[]) AS target (tenant_id, id)
                      JOIN pet USING (tenant_id, id))
            ORDER BY tenant_id, owner_id
              FOR UPDATE) AS locked USING (tenant_id, owner_id)`,
      );
    },
    files: ['order'],
    test: '',
    finding: WRONG_DECISION,
  },
  {
    name: 'pets loaded before their owners are locked',
    change: (service) =>
      service
        .code('loadTargets')
        .prepend("const early = await loadPets(connection, distinct(all.filter((target) => 'petId' in target)));")
        .replace('await loadPets(connection, pets)', 'early'),
    files: ['order'],
    test: '',
    finding: WRONG_DECISION,
  },
  {
    name: 'delete before the ack',
    change: (service) =>
      service
        .code('ChannelPublisher.#publishSome')
        .prepend('let unsent: any[] = [];')
        .remove("faultPoint('before-send', $sent.length)")
        .replace(
          'await send(this.#options, $sent)',
          '({ acked: (unsent = $sent).map(({ id }) => id), refused: [] } as any)',
        )
        .remove("faultPoint('after-publish', $acked.length)")
        .before(
          "faultPoint('after-delete', $acked.length)",
          `await faultPoint('before-send', unsent.length);
await send(this.#options, unsent);
await faultPoint('after-publish', $acked.length);`,
        ),
    files: ['kill'],
    test: 'before-send',
    finding: /is lost|should produce/,
  },
  {
    name: 'rows by age',
    change: (service) =>
      service
        .sql('claimOutboxStatement')
        .replace('WHERE (stream, id) >=', "WHERE created_at < now() - interval '2 s' AND (stream, id) >="),
    files: ['kill'],
    test: 'whatever their age',
    finding: /inversion|its result too late/,
  },
  {
    name: 'claim that skips what is locked',
    change: (service) => service.sql('claimOutboxStatement').remove('FILTER (WHERE number = number_among_locked)'),
    files: ['order'],
    test: '',
    finding: /inversion/,
  },
  {
    name: 'pets of all tenants',
    change(service) {
      service
        .code('Rosters.view')
        .replace('$tracked?.tenantId === $tenantId ? $tracked.pet : undefined', '$tracked?.pet');
      for (const name of ['loadPetsStatement', 'WANTED_OWNERS']) {
        service.sql(name).replace('JOIN pet USING (tenant_id, id)', 'JOIN pet ON pet.id = target.id');
      }
    },
    files: ['order'],
    test: '',
    finding: WRONG_DECISION,
  },
  {
    name: 'sweep without the lock on the owner',
    change: (service) => service.sql('claimOwnersStatement').remove('FOR UPDATE SKIP LOCKED'),
    files: ['order'],
    test: '',
    finding: WRONG_DECISION_OR_ORDER,
  },
  {
    name: 'sweep that waits for locks',
    change: (service) => service.sql('claimOwnersStatement').replace('FOR UPDATE SKIP LOCKED', 'FOR UPDATE'),
    files: ['sweep'],
    test: '',
    finding: /owners that no session holds are not swept/,
  },
  {
    name: 'hunger claimed as it was read',
    change: (service) =>
      service
        .sql('claimSessionsStatement')
        .replace('hunger_due_at <= to_timestamp($3::float8 / 1000)', '$3::float8 > 0'),
    files: ['sweep'],
    test: '',
    finding: /too soon/,
  },
  {
    name: 'hunger postponed after the commit',
    change: (service) =>
      service
        .code('applySweep')
        .remove('$sweep.done($unit, $done, $now)')
        .after(
          "faultPoint('sweep-after-commit', $swept.committed.length)",
          `await inUnitOfWork(database, { wait: true, held: [] }, async (unit) => {
    sweep.done(unit, swept.done, now);
    await unit.flush();
  });`,
        ),
    files: ['sweep'],
    test: '',
    finding: /too soon|what nothing has caused/,
  },
  {
    name: 'hunger postponed before its events',
    change: (service) =>
      service
        .code('applySweep')
        .remove('$sweep.done($unit, $done, $now)')
        .replace(
          'await $sweep.claim($unit, $locked, $now)',
          `await inUnitOfWork(database, { wait, held: [] }, async (first) => {
      const due = await $sweep.claim(first, $locked, $now);
      $sweep.done(first, due, $now);
      await first.flush();
      return due;
    })`,
        ),
    files: ['sweep'],
    test: '',
    finding: /was skipped|what nothing has caused/,
  },
  {
    name: 'sessions in the order of reading',
    change: (service) => service.code('isStaleSessionEvent').replace('$sentAt < $lastEventAt', '$sentAt < -Infinity'),
    files: ['order'],
    test: '',
    finding: /is not stored as its events say/,
  },
  {
    name: 'hunger that starts over at a login',
    change: (service) =>
      service
        .sql('upsertSessionsStatement')
        .replace(
          'instance = excluded.instance',
          'instance = excluded.instance, hunger_due_at = excluded.hunger_due_at',
        ),
    files: ['order'],
    test: '',
    finding: /too soon|was skipped/,
  },
  {
    name: 'events of a sweep sent before its commit',
    change(service) {
      addSendEarly(service);
      service
        .code('applySweep')
        .before("faultPoint('sweep-before-commit', $pending.length)", `${SEND_EARLY}($pending);`);
    },
    files: ['sweep'],
    test: '',
    finding: /not committed by one unit/,
  },
  {
    name: 'facts that are not kept',
    change: (service) =>
      service.code('ask').prepend('facts = new (facts.constructor as any)(unit.context.references, task.context);'),
    files: ['references'],
    test: '',
    finding: /not enough/,
  },
  {
    name: 'outage of a service not waited out',
    change(service) {
      addGiveUp(service);
      service
        .code('Fetching.#fetch')
        .before('$backoff.wait($stop)', '(queued.facts as any).giveUp(queued.facts.missing(needs));\nbreak;');
    },
    files: ['references'],
    test: '',
    finding: /was not waited out|should produce/,
  },
  {
    name: 'outage of a service not waited out by sweeps',
    change(service) {
      addGiveUp(service);
      service
        .code('SweepFacts.fetchFor')
        .before('this.#failed.add($key)', '(this.ofTenant(owner.tenantId).facts as any).giveUp([need]);');
    },
    files: ['references'],
    test: '',
    finding: /was not waited out|was skipped/,
  },
  {
    name: 'all lanes wait for a service',
    change: (service) =>
      service.code('sharesOf').prepend('if (lanes.some(({ head }) => head?.isWaitingForFacts)) return [];'),
    files: ['references'],
    test: '',
    finding: /not enough/,
  },
];

/** Returns a mutant for each table that a unit of work writes: it does not. */
const MUTANTS_OF_FLUSH: readonly Mutant[] = (
  [
    ['session_clock', ['order']],
    ['character_session', ['order', 'sweep']],
    ['pet', ['order']],
    ['outbox', ['order']],
    ['consumer_offset', ['order']],
  ] as const
).map(([table, files]) => ({
  name: `unit of work that does not write ${table}`,
  change: (service) =>
    service
      .code('STEPS')
      .replace(
        `{ table: '${table}', isNeeded: $isNeeded, write: $write }`,
        `{ table: '${table}', isNeeded: () => false, write: $write }`,
      ),
  files,
  test: '',
  finding: BROKEN_PROMISE,
}));

export const MUTANTS: readonly Mutant[] = [...BROKEN_PROMISES, ...MUTANTS_OF_FLUSH];

/** Tests of which one must notice what is missing in a statement, the shortest first. */
const ANY_TEST = {
  files: ['order', 'sweep', 'references', 'stall', 'kill', 'instances'],
  test: '',
  finding: BROKEN_PROMISE,
};

const LOCK = /\bFOR UPDATE\b(\s+SKIP\s+LOCKED)?/;
const SAME_TENANT = /\b(\w+\.)?tenant_id = (\w+\.)?tenant_id\b/;

/** Returns a mutant for each statement that locks rows, and for each that compares tenants: it does not. */
export function mutantsOfStatements(service: ServiceSource): Mutant[] {
  return [
    ...service.statementsLike(LOCK).map((name) => ({
      name: `${name} without its locks`,
      change: (mutant: ServiceSource) => mutant.sql(name).replaceEach(LOCK, ''),
      ...ANY_TEST,
    })),
    ...service.statementsLike(SAME_TENANT).map((name) => ({
      name: `${name} of all tenants`,
      change: (mutant: ServiceSource) => mutant.sql(name).replaceEach(SAME_TENANT, 'true'),
      ...ANY_TEST,
    })),
  ];
}
