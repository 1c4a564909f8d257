import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  createEmptyDatabase,
  createTestDatabase,
  type TestDatabase,
} from "../../test/support/database.ts";
import { migrationsFolder } from "./migrate.ts";
import { dumpSchema } from "./schema-dump.ts";

let database: TestDatabase;

afterEach(() => database.drop());

describe("migrations/schema.sql", () => {
  it("is what the migrations make; `npm run schema` writes it anew", async () => {
    database = await createTestDatabase();
    const dump = await dumpSchema(database.pool);
    await expect(dump).toMatchFileSnapshot(join(migrationsFolder, "schema.sql"));
  });
});

describe("dumpSchema", () => {
  it("tells of every kind of object", async () => {
    database = await createEmptyDatabase();
    await database.pool.query(`
      create type colour as enum ('red', 'blue');
      create sequence ticket start 5;
      create table shop (id integer primary key, name text collate "C" not null default 'x');
      create table sale (
        shop_id integer not null references shop on delete cascade,
        number bigint generated always as identity,
        amount bigint not null check (amount > 0),
        double bigint generated always as (amount * 2) stored,
        paint colour,
        unique (shop_id, number)
      ) partition by list (shop_id);
      create table sale_one partition of sale for values in (1) with (fillfactor = 80);
      create index sale_amount on sale (amount desc) where amount > 100;
      create function next_ticket() returns bigint language sql as $$ select nextval('ticket') $$;
      create view large_sale as select number from sale where amount > 100;
      create function nothing() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger sale_seen before insert on shop for each row execute function nothing()`);
    expect(await dumpSchema(database.pool)).toMatchInlineSnapshot(`
      "create type colour as enum ('red', 'blue');

      create sequence ticket as bigint start 5 increment 1 minvalue 1 maxvalue 9223372036854775807;

      CREATE OR REPLACE FUNCTION public.next_ticket()
       RETURNS bigint
       LANGUAGE sql
      AS $function$ select nextval('ticket') $function$;

      CREATE OR REPLACE FUNCTION public.nothing()
       RETURNS trigger
       LANGUAGE plpgsql
      AS $function$ begin return new; end $function$;

      create table sale (
        shop_id integer not null,
        number bigint generated always as identity not null,
        amount bigint not null,
        double bigint generated always as ((amount * 2)) stored,
        paint colour,
        constraint sale_shop_id_number_key UNIQUE (shop_id, number),
        constraint sale_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop(id) ON DELETE CASCADE,
        constraint sale_amount_check CHECK ((amount > 0))
      ) partition by LIST (shop_id);
      CREATE INDEX sale_amount ON ONLY public.sale USING btree (amount DESC) WHERE (amount > 100);

      create table sale_one partition of sale (
        shop_id integer not null,
        number bigint generated always as identity not null,
        amount bigint not null,
        double bigint generated always as ((amount * 2)) stored,
        paint colour,
        constraint sale_one_shop_id_number_key UNIQUE (shop_id, number),
        constraint sale_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop(id) ON DELETE CASCADE,
        constraint sale_amount_check CHECK ((amount > 0))
      ) FOR VALUES IN (1) with (fillfactor=80);
      CREATE INDEX sale_one_amount_idx ON public.sale_one USING btree (amount DESC) WHERE (amount > 100);

      create table shop (
        id integer not null,
        name text collate "C" default 'x'::text not null,
        constraint shop_pkey PRIMARY KEY (id)
      );

      create view large_sale as
       SELECT number
         FROM sale
        WHERE (amount > 100);

      CREATE TRIGGER sale_seen BEFORE INSERT ON public.shop FOR EACH ROW EXECUTE FUNCTION nothing();
      "
    `);
  });
});
