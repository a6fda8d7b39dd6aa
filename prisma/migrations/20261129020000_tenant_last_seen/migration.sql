-- When the headers of a tenant were last seen on a record, by the record's timestamp (milliseconds since 1970): the newest
-- record counts. Null: no record has named the tenant, an HTTP request has.
ALTER TABLE "tenant" ADD COLUMN "seen_at" BIGINT;
-- The forwarded headers of that record: header name to text, one code point a byte.
ALTER TABLE "tenant" ADD COLUMN "forwarded" JSON NOT NULL DEFAULT '{}';

-- Rows that no event may carry: a region longer than 64 characters (percent-encoded), a version written as text. The
-- next record of such a tenant names it anew.
DELETE FROM "tenant"
 WHERE length("region") > 192
    OR ("major_version" >> 8) BETWEEN 48 AND 57 AND ("major_version" & 255) BETWEEN 48 AND 57
    OR ("minor_version" >> 8) BETWEEN 48 AND 57 AND ("minor_version" & 255) BETWEEN 48 AND 57;
ALTER TABLE "tenant" ADD CONSTRAINT "tenant_region_check" CHECK (length("region") BETWEEN 1 AND 192);
