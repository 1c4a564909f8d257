-- Cards between the managed form in the shopper's browser and their one use by the shop. Sealed with
-- a key made from the token, which only the shop has: nobody can read them from here. Unlogged, so
-- that they are in no backup and on no replica; a crash of the database costs shoppers a retry.

create unlogged table payment_token (
  profile_id integer not null,
  -- A hash of the token.
  lookup bytea not null,
  sealed bytea not null,
  expires_at timestamptz not null,
  primary key (profile_id, lookup)
);

create index payment_token_expiry on payment_token (expires_at);

-- The managed form names its profile by the client key.
create unique index profile_client_key on profile (client_key);
