/** What Prometheus sees: every figure of the service, in one table. docs/metrics.md is this table for people. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export const registry = new Registry();
collectDefaultMetrics({ register: registry });

const registers = [registry];
/** From a point query to a batch that waits for its locks. */
const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

export const metrics = {
  records: new Counter({
    name: 'pets_records_total',
    help: 'Records applied, by topic and by what became of them: changed, rejected, dead_letter, skipped, stale (a session event older than the last one applied).',
    labelNames: ['topic', 'outcome'],
    registers,
  }),
  rejections: new Counter({
    name: 'pets_rejections_total',
    help: 'Commands that were rejected, by command and by the reason in the answer.',
    labelNames: ['command', 'reason'],
    registers,
  }),
  deadLetters: new Counter({
    name: 'pets_dead_letters_total',
    help: 'Records that became dead letters, by their topic and by reason.',
    labelNames: ['topic', 'reason'],
    registers,
  }),
  movements: new Counter({
    name: 'pets_movements_total',
    help: 'Movements, by what became of them: written, superseded by a newer one, stale, of a foreign or unknown pet, failed.',
    labelNames: ['outcome'],
    registers,
  }),
  unreadableBatches: new Counter({
    name: 'pets_unreadable_batches_total',
    help: 'Record batches that cannot be read, by topic: their partition stops.',
    labelNames: ['topic'],
    registers,
  }),
  batchRecords: new Histogram({
    name: 'pets_batch_records',
    help: 'Records in a unit of work.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
    registers,
  }),
  batchSeconds: new Histogram({
    name: 'pets_batch_seconds',
    help: 'Seconds that a unit of work took, from its first lock to its commit.',
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
    help: 'Seconds from the timestamp of a consumed record until the broker has acked what the record caused, by channel; only of what the same instance committed and sent.',
    labelNames: ['channel'],
    buckets: [...SECONDS, 30, 60, 300, 1_800],
    registers,
  }),
  recordBytes: new Counter({
    name: 'pets_record_bytes_total',
    help: 'Bytes of compressed record batches, by direction (fetched, sent), codec and form (compressed, decompressed); what is not compressed does not count.',
    labelNames: ['direction', 'codec', 'form'],
    registers,
  }),
  outboxRows: new Gauge({
    name: 'pets_outbox_rows',
    help: 'Records that are committed and have not left, of all instances, by channel; counted up to OUTBOX_MAX_ROWS.',
    labelNames: ['channel'],
    registers,
  }),
  outboxAge: new Gauge({
    name: 'pets_outbox_age_seconds',
    help: 'How long the oldest of them has waited for the broker, by channel.',
    labelNames: ['channel'],
    registers,
  }),
  outboxParkedRows: new Gauge({
    name: 'pets_outbox_parked_rows',
    help: 'Records that no broker takes for what they are, set aside until an operator returns them.',
    registers,
  }),
  swept: new Counter({
    name: 'pets_swept_total',
    help: 'Owners whose pets a timed pass has looked at, by pass: hunger, expiration.',
    labelNames: ['sweep'],
    registers,
  }),
  factSeconds: new Histogram({
    name: 'pets_fact_seconds',
    help: 'Seconds until another service had answered, tries included, by fact; what is still missing is not in it.',
    labelNames: ['fact'],
    buckets: SECONDS,
    registers,
  }),
  factsMissing: new Counter({
    name: 'pets_facts_missing_total',
    help: 'Facts that were done without, by fact and cause: failed (its service fails at the question), outage.',
    labelNames: ['fact', 'cause'],
    registers,
  }),
  buildInfo: new Gauge({
    name: 'pets_build_info',
    help: 'Always 1; the release of the service, that of Node.js, and how what is sent is compressed.',
    labelNames: ['version', 'node', 'compression'],
    registers,
  }),
  ready: new Gauge({
    name: 'pets_ready',
    help: '1 if a part of the service does its work, else 0; the parts are those of /readyz, and the part service is the whole: 0 if it is not ready.',
    labelNames: ['part'],
    registers,
  }),
  clockSkew: new Gauge({
    name: 'pets_clock_skew_seconds',
    help: "Seconds by which this machine's clock is ahead of the database's; negative where it is behind.",
    registers,
  }),
  logDropped: new Counter({
    name: 'pets_log_lines_dropped_total',
    help: 'Log lines that were dropped because nobody read them.',
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
