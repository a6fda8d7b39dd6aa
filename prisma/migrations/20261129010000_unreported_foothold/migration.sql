-- Null is a position without a reported foothold. It tells a report without a foothold from one of foothold 1: only the
-- former leaves the foothold that is stored.
ALTER TABLE "pet_position" ALTER COLUMN "fh" DROP NOT NULL;
