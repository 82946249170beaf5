import type { Migration } from '../postgres/migrations.ts';

/** What is known of a session's runs beside its records. DBOS has its own tables, in a schema beside this one. */
export const RUN_TABLES: Migration = {
  version: 4,
  name: 'runs',
  sql: (schema) => `
    CREATE TABLE ${schema}.runs (
      session bigint PRIMARY KEY,
      number integer NOT NULL,
      state text NOT NULL,
      task text NOT NULL,
      wish text,
      worker text,
      waits_for text[] NOT NULL DEFAULT '{}',
      outcome text,
      records_before integer NOT NULL,
      queued_at bigint NOT NULL,
      began_at bigint,
      ended_at bigint
    ) WITH (fillfactor = 70);
    CREATE INDEX runs_waiting ON ${schema}.runs (session) WHERE state = 'waiting';
    CREATE INDEX runs_at_work ON ${schema}.runs (worker) WHERE state = 'running';`,
};
