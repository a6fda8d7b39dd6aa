-- Where a logged-in character is. fillfactor leaves room for HOT updates: it changes in place, and often.
CREATE TABLE "character_session" (
    "tenant_id" UUID NOT NULL,
    "character_id" BIGINT NOT NULL CHECK ("character_id" BETWEEN 0 AND 4294967295),
    "world_id" SMALLINT NOT NULL CHECK ("world_id" BETWEEN 0 AND 255),
    "channel_id" SMALLINT NOT NULL CHECK ("channel_id" BETWEEN 0 AND 255),
    "map_id" BIGINT NOT NULL CHECK ("map_id" BETWEEN 0 AND 4294967295),
    "instance" UUID NOT NULL,

    CONSTRAINT "character_session_pkey" PRIMARY KEY ("tenant_id", "character_id")
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- Where pets stand: a flood of short-lived rows, which may be lost with the machine. No foreign key: whoever writes one
-- checks the pet in the same statement, and whoever deletes a pet deletes its row. (One that is written at that very moment
-- may be left: nobody sees it, as ids do not come again.)
CREATE UNLOGGED TABLE "pet_position" (
    "pet_id" BIGINT NOT NULL,
    "world_id" SMALLINT NOT NULL,
    "channel_id" SMALLINT NOT NULL,
    "map_id" BIGINT NOT NULL,
    "instance" UUID NOT NULL,
    "x" SMALLINT NOT NULL,
    "y" SMALLINT NOT NULL,
    "stance" SMALLINT NOT NULL CHECK ("stance" BETWEEN 0 AND 255),
    "fh" SMALLINT NOT NULL,

    CONSTRAINT "pet_position_pkey" PRIMARY KEY ("pet_id")
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
