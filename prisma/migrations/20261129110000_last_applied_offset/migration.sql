-- The offset of the last applied record, if that is not the one before "next_offset": the row also moves over markers of
-- transactions, aborted records and gaps, which are no records.
ALTER TABLE "consumer_offset" ADD COLUMN "last_offset" BIGINT;
