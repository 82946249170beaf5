import type { Migration } from '../../postgres/migrations.ts';

/** Bodies are encrypted, so compressing them would be in vain. */
export const RESPONSES: Migration = {
  version: 30,
  name: 'responses of the gateway',
  sql: (schema) => `
    CREATE TABLE ${schema}.gateway_responses (
      key text PRIMARY KEY, parent text, conversation text NOT NULL,
      answer bytea, items bytea, messages bytea NOT NULL, expires_at timestamptz NOT NULL);
    ALTER TABLE ${schema}.gateway_responses ALTER answer SET STORAGE EXTERNAL,
      ALTER items SET STORAGE EXTERNAL, ALTER messages SET STORAGE EXTERNAL;
    CREATE INDEX ON ${schema}.gateway_responses (parent) WHERE parent IS NOT NULL;
    CREATE INDEX ON ${schema}.gateway_responses (conversation, expires_at);
    CREATE INDEX ON ${schema}.gateway_responses (expires_at);
  `,
};
