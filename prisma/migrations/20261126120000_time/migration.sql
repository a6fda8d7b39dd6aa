-- The headers last seen of each tenant, for what the service tells of its own accord. The region is percent-encoded.
CREATE TABLE "tenant" (
    "id" UUID NOT NULL,
    "region" TEXT NOT NULL,
    "major_version" INTEGER NOT NULL CHECK ("major_version" BETWEEN 0 AND 65535),
    "minor_version" INTEGER NOT NULL CHECK ("minor_version" BETWEEN 0 AND 65535),

    CONSTRAINT "tenant_pkey" PRIMARY KEY ("id")
) WITH (fillfactor = 50);

-- When the hunger of its pets is looked at next. Sessions that there are begin to count now.
ALTER TABLE "character_session" ADD COLUMN "hunger_due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT (now() + interval '3 minutes');
ALTER TABLE "character_session" ALTER COLUMN "hunger_due_at" DROP DEFAULT;

-- What is due first comes first. Going elsewhere changes no indexed column, so those updates stay HOT.
CREATE INDEX "character_session_hunger_due_at_tenant_id_character_id_idx"
    ON "character_session"("hunger_due_at", "tenant_id", "character_id");

-- Spawned pets that will expire. Prisma's schema cannot say the condition.
CREATE INDEX "pet_spawned_expiration_idx" ON "pet"("expiration", "id") WHERE "slot" IS NOT NULL AND "expiration" IS NOT NULL;
