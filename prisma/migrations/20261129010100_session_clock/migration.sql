-- The timestamp of each character's last applied session event. A table of its own: it outlives the session, and whoever
-- reads sessions need not tell ended ones from others. fillfactor leaves room for HOT updates: each session event writes
-- its row twice, once to lock it and once with the new timestamp.
CREATE TABLE "session_clock" (
    "tenant_id" UUID NOT NULL,
    "character_id" BIGINT NOT NULL CHECK ("character_id" BETWEEN 0 AND 4294967295),
    "last_event_at" BIGINT,
    "forget_at" TIMESTAMPTZ(3),

    CONSTRAINT "session_clock_pkey" PRIMARY KEY ("tenant_id", "character_id")
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- Clocks of characters without a session, those first that are forgotten first. Prisma's schema cannot say the condition.
CREATE INDEX "session_clock_forget_at_idx" ON "session_clock"("forget_at") WHERE "forget_at" IS NOT NULL;
