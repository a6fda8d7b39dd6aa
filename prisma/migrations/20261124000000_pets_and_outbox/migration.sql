-- fillfactor leaves room for HOT updates: pets change in place and none of the changing columns but slot is indexed.
CREATE TABLE "owner" (
    "tenant_id" UUID NOT NULL,
    "owner_id" BIGINT NOT NULL CHECK ("owner_id" BETWEEN 1 AND 4294967295),

    CONSTRAINT "owner_pkey" PRIMARY KEY ("tenant_id", "owner_id")
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE "pet" (
    "id" BIGSERIAL NOT NULL CHECK ("id" BETWEEN 1 AND 4294967295),
    "tenant_id" UUID NOT NULL,
    "owner_id" BIGINT NOT NULL,
    "cash_id" DECIMAL(20,0) NOT NULL DEFAULT 0 CHECK ("cash_id" BETWEEN 0 AND 18446744073709551615),
    "template_id" BIGINT NOT NULL CHECK ("template_id" BETWEEN 1 AND 4294967295),
    "name" TEXT NOT NULL CHECK (char_length("name") BETWEEN 1 AND 13),
    "level" SMALLINT NOT NULL DEFAULT 1 CHECK ("level" BETWEEN 1 AND 30),
    "closeness" INTEGER NOT NULL DEFAULT 0 CHECK ("closeness" BETWEEN 0 AND 30000),
    "fullness" SMALLINT NOT NULL DEFAULT 100 CHECK ("fullness" BETWEEN 0 AND 100),
    "expiration" TIMESTAMPTZ(3),
    "slot" SMALLINT CHECK ("slot" BETWEEN 0 AND 2),
    "flag" INTEGER NOT NULL DEFAULT 0 CHECK ("flag" BETWEEN 0 AND 65535),
    "purchase_by" BIGINT NOT NULL DEFAULT 0 CHECK ("purchase_by" BETWEEN 0 AND 4294967295),
    "excludes" BIGINT[] DEFAULT ARRAY[]::BIGINT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pet_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "pet_tenant_id_owner_id_fkey" FOREIGN KEY ("tenant_id", "owner_id") REFERENCES "owner"("tenant_id", "owner_id") ON DELETE NO ACTION ON UPDATE NO ACTION,
    -- Deferrable, so that one UPDATE may swap slots; checked at the end of the statement, not at COMMIT.
    CONSTRAINT "pet_one_per_slot" UNIQUE ("tenant_id", "owner_id", "slot") DEFERRABLE INITIALLY IMMEDIATE
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE "consumer_offset" (
    "group_id" TEXT NOT NULL,
    "topic" TEXT NOT NULL,
    "partition" INTEGER NOT NULL CHECK ("partition" >= 0),
    "next_offset" BIGINT NOT NULL CHECK ("next_offset" >= 0),
    "last_timestamp" BIGINT,

    CONSTRAINT "consumer_offset_pkey" PRIMARY KEY ("group_id", "topic", "partition")
) WITH (fillfactor = 50);

-- Every row is deleted soon after it was written: vacuum early, by count and not by share.
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "stream" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "message_id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "key" BYTEA,
    "value" BYTEA,
    "headers" JSON NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "parked_at" TIMESTAMPTZ(3),
    "parked_reason" TEXT,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

CREATE INDEX "outbox_stream_id_idx" ON "outbox"("stream", "id");
