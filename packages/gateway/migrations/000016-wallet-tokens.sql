-- Wallets' tokens that were paid with: each is good once. Logged, unlike the managed form's cards, so
-- that a crash of the database makes none good again.

create table used_wallet_token (
  profile_id integer not null references profile,
  -- A hash of the wallet's own name of the token; no card can be found by it.
  lookup bytea not null,
  expires_at timestamptz not null,
  primary key (profile_id, lookup)
);

create index used_wallet_token_expiry on used_wallet_token (expires_at);
