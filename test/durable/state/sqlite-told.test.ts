import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sqliteState } from '../../../src/durable/index.ts';
import { loadSqlite } from '../../../src/durable/sqlite/sqlite.ts';
import { freshFolder } from './accounts-ground.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const ROW = { key: 'a', answer: bytes('a'), items: bytes('i'), messages: bytes('m') };

test('what cannot be written is told, once until it can', async () => {
  const openDatabase = await loadSqlite();
  const path = join(freshFolder(), 'memory.sqlite');
  const told: string[] = [];
  const database = openDatabase(path);
  const state = sqliteState(database, { tell: (text) => told.push(text) });
  const other = openDatabase(path);
  for (const times of [1, 2]) {
    other.exec('BEGIN EXCLUSIVE');
    await expect(state.responses.put([ROW])).rejects.toMatchObject({ code: 'database-unreachable' });
    await expect(state.responses.put([ROW])).rejects.toMatchObject({ code: 'database-unreachable' });
    other.exec('COMMIT');
    expect(told).toHaveLength(times);
    await state.responses.put([ROW]);
  }
  expect(told[0]).toMatch(/^What the gateway remembers is not read or written now: .*locked/);
  await state.close();
  other.close();
  database.close();
});
