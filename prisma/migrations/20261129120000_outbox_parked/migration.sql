-- Parked rows are counted every second; almost no row is one.
CREATE INDEX "outbox_parked_idx" ON "outbox"("id") WHERE "parked_at" IS NOT NULL;
