-- Where shipped clients disagree about the wire, a profile says what its own expect; null: the usual.

alter table profile add column client_habits jsonb;
