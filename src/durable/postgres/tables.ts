import { RUN_TABLES } from '../runs/run-tables.ts';
import { ACCOUNTS } from '../state/accounts/tables.ts';
import { BREAKERS } from '../state/breakers/migration.ts';
import { REASONING } from '../state/reasoning/migration.ts';
import { RESPONSES } from '../state/responses/migration.ts';
import type { Migration } from './migrations.ts';
import { SESSION_TABLES } from './session-tables.ts';

/**
 * All changes of the tables, in the order in which they are made. Everybody who opens a database gives all of them, so that one
 * number says what a program knows. Never change one that was released.
 */
export const MIGRATIONS: readonly Migration[] = [
  SESSION_TABLES,
  ACCOUNTS,
  RESPONSES,
  REASONING,
  BREAKERS,
  RUN_TABLES,
];
