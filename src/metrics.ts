/** All metrics of the service. docs/metrics.md is written from this table. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export const registry = new Registry();
collectDefaultMetrics({ register: registry });

const registers = [registry];
/** Buckets from a single query to a batch that waits for its locks. */
const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

export const metrics = {
  records: new Counter({
    name: 'pets_records_total',
    help: 'Applied records, by topic and outcome: changed, rejected, dead_letter, skipped, stale (a session event older than the last one applied).',
    labelNames: ['topic', 'outcome'],
    registers,
  }),
  rejections: new Counter({
    name: 'pets_rejections_total',
    help: 'Rejected commands, by command and by the reason in the answer.',
    labelNames: ['command', 'reason'],
    registers,
  }),
  deadLetters: new Counter({
    name: 'pets_dead_letters_total',
    help: 'Records that became dead letters, by topic and reason.',
    labelNames: ['topic', 'reason'],
    registers,
  }),
  movements: new Counter({
    name: 'pets_movements_total',
    help: 'Movements, by outcome: written, superseded (by a newer one), stale, foreign (the observer does not own the pet), unknown (no such pet), failed.',
    labelNames: ['outcome'],
    registers,
  }),
  unreadableBatches: new Counter({
    name: 'pets_unreadable_batches_total',
    help: 'Record batches that cannot be read, by topic. Their partition stops.',
    labelNames: ['topic'],
    registers,
  }),
  batchRecords: new Histogram({
    name: 'pets_batch_records',
    help: 'Records per unit of work.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
    registers,
  }),
  batchSeconds: new Histogram({
    name: 'pets_batch_seconds',
    help: 'Seconds that a unit of work takes, from its first lock to its commit.',
    buckets: SECONDS,
    registers,
  }),
  published: new Counter({
    name: 'pets_published_total',
    help: 'Records that the broker has acked, by channel of the contract.',
    labelNames: ['channel'],
    registers,
  }),
  publishSeconds: new Histogram({
    name: 'pets_publish_seconds',
    help: 'Seconds from the claim of records to their deletion from the outbox.',
    buckets: SECONDS,
    registers,
  }),
  eventLatency: new Histogram({
    name: 'pets_event_latency_seconds',
    help: 'Seconds from the timestamp of a consumed record until the broker has acked what the record caused, by channel. Counts only records that the same instance committed and sent.',
    labelNames: ['channel'],
    buckets: [...SECONDS, 30, 60, 300, 1_800],
    registers,
  }),
  recordBytes: new Counter({
    name: 'pets_record_bytes_total',
    help: 'Bytes of compressed record batches, by direction (fetched, sent), codec and form (compressed, decompressed). Uncompressed batches do not count.',
    labelNames: ['direction', 'codec', 'form'],
    registers,
  }),
  outboxRows: new Gauge({
    name: 'pets_outbox_rows',
    help: 'Records that are committed and not yet acked by the broker, of all instances, by channel. Counts up to OUTBOX_MAX_ROWS.',
    labelNames: ['channel'],
    registers,
  }),
  outboxAge: new Gauge({
    name: 'pets_outbox_age_seconds',
    help: 'Seconds that the oldest of these records has waited, by channel.',
    labelNames: ['channel'],
    registers,
  }),
  outboxParkedRows: new Gauge({
    name: 'pets_outbox_parked_rows',
    help: 'Parked records: the broker refuses them as too large or invalid, and an operator must return them.',
    registers,
  }),
  swept: new Counter({
    name: 'pets_swept_total',
    help: 'Owners processed by a sweep, by sweep: hunger, expiration.',
    labelNames: ['sweep'],
    registers,
  }),
  factSeconds: new Histogram({
    name: 'pets_fact_seconds',
    help: 'Seconds until another service has answered, retries included, by fact. Questions without an answer do not count.',
    labelNames: ['fact'],
    buckets: SECONDS,
    registers,
  }),
  factsMissing: new Counter({
    name: 'pets_facts_missing_total',
    help: 'Facts that the service had to do without, by fact and cause: failed (the other service answers the question with an error), outage.',
    labelNames: ['fact', 'cause'],
    registers,
  }),
  buildInfo: new Gauge({
    name: 'pets_build_info',
    help: 'Always 1. The labels are the release of the service, the release of Node.js, and the compression of sent records.',
    labelNames: ['version', 'node', 'compression'],
    registers,
  }),
  ready: new Gauge({
    name: 'pets_ready',
    help: '1 if a component of the service works, else 0. The label part has the components of /readyz, and service for the whole: 0 if the service is not ready.',
    labelNames: ['part'],
    registers,
  }),
  clockSkew: new Gauge({
    name: 'pets_clock_skew_seconds',
    help: "Seconds by which this machine's clock is ahead of the database's; negative if it is behind.",
    registers,
  }),
  logDropped: new Counter({
    name: 'pets_log_lines_dropped_total',
    help: 'Log lines that were dropped because they were not read in time.',
    registers,
  }),
  httpSeconds: new Histogram({
    name: 'pets_http_seconds',
    help: 'Seconds until a request was answered, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers,
  }),
} as const;
