import type { Migration } from './migrations.ts';

/**
 * JSON is kept as text: what models write may hold `\u0000`, which `jsonb` refuses. What changes with every record has room
 * beside it (fillfactor), and no index, so that changing it moves nothing.
 */
export const SESSION_TABLES: Migration = {
  version: 1,
  name: 'sessions',
  sql: (schema) => `
    CREATE TABLE ${schema}.sessions (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name text COLLATE "C" NOT NULL,
      created_at bigint NOT NULL,
      forked_from text,
      owner text,
      owner_info text,
      epoch integer NOT NULL DEFAULT 0,
      abandoned integer NOT NULL DEFAULT 0,
      last_seq integer NOT NULL DEFAULT 0,
      last_at bigint,
      last_event integer NOT NULL DEFAULT 0,
      queued integer NOT NULL DEFAULT 0,
      tally text
    ) WITH (fillfactor = 50);
    CREATE UNIQUE INDEX sessions_name ON ${schema}.sessions (lower(name));

    CREATE TABLE ${schema}.records (
      session bigint NOT NULL,
      seq integer NOT NULL,
      at bigint NOT NULL,
      name text COLLATE "C" NOT NULL,
      value text NOT NULL,
      PRIMARY KEY (session, seq),
      CONSTRAINT records_name UNIQUE (session, name)
    );
    CREATE TABLE ${schema}.queued (
      session bigint NOT NULL,
      number integer NOT NULL,
      at bigint NOT NULL,
      key text NOT NULL,
      "when" text NOT NULL,
      message text NOT NULL,
      PRIMARY KEY (session, number),
      UNIQUE (session, key)
    );
    CREATE TABLE ${schema}.delivered (
      session bigint NOT NULL,
      name text COLLATE "C" NOT NULL,
      at bigint NOT NULL,
      key text NOT NULL,
      value text NOT NULL,
      PRIMARY KEY (session, name)
    );
    CREATE TABLE ${schema}.commands (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      session bigint NOT NULL,
      epoch integer NOT NULL,
      command text NOT NULL,
      heard boolean
    );
    CREATE INDEX commands_session ON ${schema}.commands (session);
    CREATE TABLE ${schema}.events (
      session bigint NOT NULL,
      number integer NOT NULL,
      value text NOT NULL,
      PRIMARY KEY (session, number)
    );`,
};
