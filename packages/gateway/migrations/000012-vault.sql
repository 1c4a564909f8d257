-- The vault: cards at rest, each sealed with a data key of its own, which is wrapped by a key from
-- the configuration. Nothing in these tables can be read without that key.

create table vault_card (
  profile_id integer not null references profile,
  card_id uuid not null,
  -- Which configured key wraps the data key.
  key_id text not null,
  -- Both: nonce, ciphertext, tag (AES-256-GCM).
  wrapped_key bytea not null,
  sealed_card bytea not null,
  created_at timestamptz not null default now(),
  primary key (profile_id, card_id)
);

-- For the rotation: what an old key still wraps.
create index vault_card_key on vault_card (key_id, profile_id, card_id);

-- Which keys each node has, so that none seals with a key that another could not open.
create table vault_node (
  node_id text primary key,
  key_ids text[] not null,
  seals_with text not null,
  seen_at timestamptz not null default now()
);

-- What a merchant holds instead of a card. A deleted token keeps its row, its card is gone.
create table card_token (
  profile_id integer not null,
  token text not null,
  card_id uuid,
  -- The payment that made it.
  tran_ref text not null,
  -- What the shopper agreed to, where the request said so (PT2's token_info).
  mandate jsonb,
  created_at timestamptz not null default now(),
  deleted_at timestamptz,
  primary key (profile_id, token),
  foreign key (profile_id, tran_ref) references transaction,
  check ((card_id is null) = (deleted_at is not null))
);

alter table transaction
  -- The card in the vault that gets a token if this payment is authorised, and is dropped if not.
  add column saves_card uuid;

alter table profile
  -- Whether the merchant may charge stored cards without the shopper.
  add column recurring boolean not null default false;

update profile set recurring = true where mode = 'test';
