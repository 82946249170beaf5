import type { Migration } from '../../postgres/migrations.ts';

export const REASONING: Migration = {
  version: 31,
  name: 'reasoning of the gateway',
  sql: (schema) => `
    CREATE TABLE ${schema}.gateway_reasoning (
      key text PRIMARY KEY, digest text NOT NULL, body bytea, expires_at timestamptz NOT NULL);
    ALTER TABLE ${schema}.gateway_reasoning ALTER body SET STORAGE EXTERNAL;
    CREATE INDEX ON ${schema}.gateway_reasoning (expires_at);
  `,
};
