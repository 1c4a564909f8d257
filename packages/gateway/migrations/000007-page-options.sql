-- What a profile's payment pages may offer and how they look.

-- Methods of payment as PT2 writes them; null: every method the gateway offers.
alter table profile add column payment_methods text[];

-- The looks a request chooses from by config_id.
create table page_theme (
  profile_id integer not null references profile,
  config_id integer not null check (config_id > 0),
  -- For operators only.
  name text not null,
  -- Of buttons and links; made darker or lighter where it could not be read.
  accent text not null check (accent ~ '^#[0-9a-f]{6}$'),
  -- What stands in the square beside the shop's name; null: its first letter.
  monogram text check (char_length(monogram) between 1 and 3),
  primary key (profile_id, config_id)
);
