import type { Migration } from '../../postgres/migrations.ts';
import { admitFunctions } from './admit-sql.ts';
import { settleFunctions } from './settle-sql.ts';

/**
 * Keys, rates, budgets and usage. Money is in billionths of a dollar. What says how things are at this moment (meters, holds,
 * replicas) is UNLOGGED: it costs no write to the disk, and a crash of the server empties all three together. A meter counts the
 * last 61 seconds in one array each, so that one row is all that an admission changes.
 */
export const ACCOUNTS: Migration = {
  version: 2,
  name: 'accounts',
  sql: (schema) => `
CREATE TABLE ${schema}.accounts_keys (
  hash text PRIMARY KEY, id text NOT NULL, models text[],
  requests_per_minute float8, tokens_per_minute float8, monthly_budget bigint,
  created_at timestamptz NOT NULL, revoked_at timestamptz);
CREATE UNIQUE INDEX accounts_keys_in_use ON ${schema}.accounts_keys (id) WHERE revoked_at IS NULL;

CREATE TABLE ${schema}.accounts_spent (
  key text, month text, spent bigint NOT NULL, PRIMARY KEY (key, month)) WITH (fillfactor = 50);

CREATE TABLE ${schema}.accounts_usage (
  hour timestamptz, key text, model text, upstream text,
  requests bigint NOT NULL, input_tokens bigint NOT NULL, cached_input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL, cost bigint NOT NULL, estimated bigint NOT NULL,
  PRIMARY KEY (hour, key, model, upstream)) WITH (fillfactor = 70);

CREATE TABLE ${schema}.accounts_batches (id text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
CREATE INDEX accounts_batches_at ON ${schema}.accounts_batches (at);

CREATE TABLE ${schema}.accounts_secrets (name text PRIMARY KEY, value text NOT NULL);

CREATE UNLOGGED TABLE ${schema}.accounts_meters (
  key text PRIMARY KEY, held bigint NOT NULL DEFAULT 0, running bigint NOT NULL DEFAULT 0,
  second bigint NOT NULL DEFAULT 0,
  requests bigint[] NOT NULL DEFAULT array_fill(0::bigint, ARRAY[61]),
  tokens bigint[] NOT NULL DEFAULT array_fill(0::bigint, ARRAY[61]),
  requests_sum bigint NOT NULL DEFAULT 0, tokens_sum bigint NOT NULL DEFAULT 0) WITH (fillfactor = 20);

CREATE UNLOGGED TABLE ${schema}.accounts_holds (
  request text PRIMARY KEY, key text NOT NULL, replica text NOT NULL, amount bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX accounts_holds_replica ON ${schema}.accounts_holds (replica);

CREATE UNLOGGED TABLE ${schema}.accounts_replicas (id text PRIMARY KEY, seen_at timestamptz NOT NULL);
${admitFunctions(schema)}
${settleFunctions(schema)}`,
};
