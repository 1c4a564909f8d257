-- Since when the shopper is at the issuer's or a provider's page. due_at is when the acquirer is asked
-- the next time; how long they may stay there counts from here. Absent: they were led nowhere, or by an
-- older node, whose due_at is the end of their time.

alter table transaction add column challenged_at timestamptz;
