import type { Migration } from '../../postgres/migrations.ts';

/** One row for each upstream that ever failed: few, and never deleted. */
export const BREAKERS: Migration = {
  version: 32,
  name: 'upstreams of the gateway',
  sql: (schema) => `
    CREATE TABLE ${schema}.gateway_breakers (
      upstream text PRIMARY KEY, replica text NOT NULL, open_until timestamptz, at timestamptz NOT NULL);
  `,
};
