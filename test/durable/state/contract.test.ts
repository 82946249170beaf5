import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ResponseRow, SharedState } from '../../../src/core/index.ts';
import { Database } from '../../../src/durable/postgres/database.ts';
import { MIGRATIONS } from '../../../src/durable/postgres/tables.ts';
import { loadSqlite } from '../../../src/durable/sqlite/sqlite.ts';
import { postgresState } from '../../../src/durable/state/postgres-state.ts';
import { sqliteState } from '../../../src/durable/state/sqlite-state.ts';
import { sweep } from '../../../src/durable/state/sweep.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';

interface Opened extends SharedState {
  sweep(): Promise<number>;
}
/** Opens a state; each time with the same place another replica of it. */
type Open = (options?: { responsesMs?: number; reasoningMs?: number }) => Promise<Opened>;

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const text = (body: Uint8Array | 'unclear' | undefined) =>
  body instanceof Uint8Array ? Buffer.from(body).toString() : body;

const row = (key: string, parent?: string): ResponseRow => ({
  key,
  answer: bytes(`answer ${key}`),
  items: bytes(`items ${key}`),
  messages: bytes(`messages ${key}`),
  ...(parent !== undefined && { parent }),
});

const MANY = 1_000_000;

async function conversation(state: SharedState, key: string, most = MANY) {
  const found = await state.responses.find({ conversation: key, answers: [], present: [], bytes: most });
  return found.conversation?.messages.map((each) => `${each.key}: ${text(each.body)}`);
}

function contract(place: () => Promise<Open>) {
  test('a response is found with all that was said before it', async () => {
    const state = await (await place())();
    expect(await state.responses.put([row('a')])).toEqual([]);
    expect(await state.responses.put([row('b', 'a')])).toEqual([]);
    expect(await state.responses.put([row('c', 'b'), row('d', 'b')])).toEqual([]);
    const {
      conversation: whole,
      answers,
      present,
    } = await state.responses.find({
      conversation: 'd',
      answers: ['a', 'b', 'none'],
      present: ['c', 'd', 'none'],
      bytes: MANY,
    });
    expect(text(whole?.answer)).toBe('answer d');
    expect(text(whole?.items)).toBe('items d');
    expect(whole?.messages.map(({ key }) => key)).toEqual(['a', 'b', 'd']);
    expect(text(whole?.messages[1]?.body)).toBe('messages b');
    expect([...answers].map(([key, body]) => [key, text(body)]).sort()).toEqual([
      ['a', 'answer a'],
      ['b', 'answer b'],
    ]);
    expect([...present].sort()).toEqual(['c', 'd']);
    expect(text(await state.responses.show('c', 'answer'))).toBe('answer c');
    expect(text(await state.responses.show('c', 'items'))).toBe('items c');
    expect(await state.responses.show('none', 'items')).toBeUndefined();
  });

  test('writing a response twice writes it once', async () => {
    const state = await (await place())();
    await state.responses.put([row('a')]);
    expect(await state.responses.put([{ ...row('a'), answer: bytes('other') }])).toEqual([]);
    expect(text(await state.responses.show('a', 'answer'))).toBe('answer a');
  });

  test('one that goes on from what is not there is not written, and the others are', async () => {
    const state = await (await place())();
    expect(await state.responses.put([row('b', 'none'), row('c')])).toEqual(['b']);
    expect(await state.responses.show('b', 'answer')).toBeUndefined();
    expect(text(await state.responses.show('c', 'answer'))).toBe('answer c');
  });

  test('what is deleted cannot be asked for, and what was built on it stays whole', async () => {
    const state = await (await place())();
    await state.responses.put([row('a')]);
    await state.responses.put([row('b', 'a')]);
    await state.responses.put([row('c', 'b')]);
    expect(await state.responses.delete('b')).toBe(true);
    expect(await state.responses.delete('b')).toBe(false);
    expect(await state.responses.delete('none')).toBe(false);
    expect(await state.responses.show('b', 'answer')).toBeUndefined();
    expect(await conversation(state, 'b')).toBeUndefined();
    expect(await conversation(state, 'c')).toEqual(['a: messages a', 'b: messages b', 'c: messages c']);
    const { present } = await state.responses.find({ answers: ['b'], present: ['b'], bytes: MANY });
    expect(present.size).toBe(0);
    // The last that needs them takes them along; the first was never deleted.
    expect(await state.responses.delete('c')).toBe(true);
    expect(await state.responses.put([row('e', 'b'), row('f', 'c'), row('g', 'a')])).toEqual(['e', 'f']);
  });

  test('a conversation of a thousand turns is read in one go, and not if it is larger than asked for', async () => {
    const state = await (await place())();
    await state.responses.put([row('0')]);
    for (let n = 1; n < 1000; n++) await state.responses.put([row(`${n}`, `${n - 1}`)]);
    const whole = await conversation(state, '999');
    expect(whole).toHaveLength(1000);
    expect(whole?.[0]).toBe('0: messages 0');
    expect(await conversation(state, '999', 5000)).toBeUndefined();
    const { answers } = await state.responses.find({ answers: ['1', '2', '3'], present: [], bytes: 20 });
    expect(answers.size).toBe(2);
  });

  test('reasoning is found by its turn, until another one stands under the same name', async () => {
    const state = await (await place())();
    const put = (key: string, digest: string) =>
      state.reasoning.put([{ key, digest, body: bytes(`${key} ${digest}`) }]);
    expect(await put('t', '1')).toEqual([]);
    expect(await put('t', '1')).toEqual([]);
    expect(await put('u', '1')).toEqual([]);
    const found = await state.reasoning.find(['t', 'u', 'none']);
    expect([...found].map(([key, body]) => [key, text(body)]).sort()).toEqual([
      ['t', 't 1'],
      ['u', 'u 1'],
    ]);
    expect(await put('t', '2')).toEqual(['t']);
    expect(await put('t', '1')).toEqual(['t']);
    expect(await put('t', '1')).toEqual(['t']);
    expect((await state.reasoning.find(['t'])).get('t')).toBe('unclear');
  });

  test('what has expired is not found, and is deleted', async () => {
    const open = await place();
    const brief = await open({ responsesMs: -1000, reasoningMs: -1000 });
    const lasting = await open();
    await brief.responses.put([row('a')]);
    await brief.responses.put([row('b', 'a')]);
    await brief.reasoning.put([{ key: 't', digest: '1', body: bytes('x') }]);
    expect(await lasting.responses.show('b', 'answer')).toBeUndefined();
    expect(await conversation(lasting, 'b')).toBeUndefined();
    expect(await lasting.responses.delete('b')).toBe(false);
    expect((await lasting.reasoning.find(['t'])).size).toBe(0);
    // Another reasoning for a name whose first has expired is no contradiction.
    await brief.reasoning.put([{ key: 'u', digest: '1', body: bytes('x') }]);
    expect(await lasting.reasoning.put([{ key: 'u', digest: '2', body: bytes('y') }])).toEqual([]);
    // A conversation lasts as long as its last response.
    await lasting.responses.put([row('c', 'a')]);
    expect(await lasting.sweep()).toBe(1);
    expect(await conversation(lasting, 'c')).toEqual(['a: messages a', 'c: messages c']);
    await brief.responses.put([row('x')]);
    await brief.responses.put([row('y', 'x')]);
    expect(await lasting.sweep()).toBe(2);
    expect(await lasting.sweep()).toBe(0);
  });

  test('all replicas have the same secret, and find what another wrote', async () => {
    const open = await place();
    const [one, other] = await Promise.all([open(), open()]);
    expect(one.secret).toBe(other.secret);
    expect(one.secret.length).toBeGreaterThan(40);
    const large = new Uint8Array(5_000_000).fill(7);
    await one.responses.put([{ ...row('a'), answer: large }]);
    expect(Buffer.compare((await other.responses.show('a', 'answer'))!, large)).toBe(0);
  });
}

describe('state of a gateway in SQLite', async () => {
  const openDatabase = await loadSqlite();
  contract(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'state-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return async (options) => {
      const database = openDatabase(join(folder, 'gateway.sqlite'));
      const state = sqliteState(database, options);
      onTestFinished(async () => {
        await state.close();
        database.close();
      });
      return state;
    };
  });
});

describe('state of a gateway in memory', async () => {
  const openDatabase = await loadSqlite();
  contract(async () => {
    const database = openDatabase(':memory:');
    onTestFinished(() => database.close());
    return async (options) => {
      const state = sqliteState(database, options);
      onTestFinished(() => state.close());
      return state;
    };
  });
});

describe.skipIf(!hasPostgres)('state of a gateway in Postgres', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  async function opened(databaseUrl: string, options = {}) {
    const database = await Database.open({ databaseUrl }, MIGRATIONS);
    const state = await postgresState(database, databaseUrl, options);
    onTestFinished(async () => {
      await state.close();
      await database.close();
    });
    return { database, state };
  }

  contract(async () => {
    const databaseUrl = await postgres.freshUrl();
    return async (options) => (await opened(databaseUrl, options)).state;
  });

  test('other replicas hear what was deleted and what became unclear', async () => {
    const databaseUrl = await postgres.freshUrl();
    const { state: one } = await opened(databaseUrl);
    const { state: other } = await opened(databaseUrl);
    const heard: string[] = [];
    const all = new Promise<void>((resolve) => {
      other.onChange(({ kind, key }) => {
        heard.push(`${kind} ${key}`);
        if (heard.length === 2) resolve();
      });
    });
    await one.responses.put([row('a')]);
    await one.responses.delete('a');
    await one.reasoning.put([{ key: 't', digest: '1', body: bytes('x') }]);
    await one.reasoning.put([{ key: 't', digest: '2', body: bytes('y') }]);
    await all;
    expect(heard.sort()).toEqual(['deleted a', 'unclear t']);
  });

  test('hints are heard at once, by those that come later, and again after a restart of the database', async () => {
    const databaseUrl = await postgres.freshUrl();
    const { state: one } = await opened(databaseUrl);
    const { state: other } = await opened(databaseUrl);
    const heard: string[] = [];
    let wake = () => {};
    other.hints.watch("host 'x'\n", (hint) => {
      heard.push(
        hint.state === 'open' ? `open for ${hint.forMs > 55_000 && hint.forMs <= 60_000}` : 'closed',
      );
      wake();
    });
    one.hints.watch("host 'x'\n", () => heard.push('its own'));
    const next = () =>
      new Promise<void>((resolve) => {
        wake = resolve;
      });
    let news = next();
    one.hints.tell("host 'x'\n", { state: 'open', forMs: 60_000 });
    await news;
    const { state: third } = await opened(databaseUrl);
    await new Promise<void>((resolve) => third.hints.watch("host 'x'\n", () => resolve()));
    await postgres.restart();
    news = next();
    // What cannot be written is not tried again: the pool has to have noticed.
    const answers = () =>
      one.responses.show('none', 'answer').then(
        () => true,
        () => false,
      );
    while (!(await answers()));
    one.hints.tell("host 'x'\n", { state: 'closed' });
    await news;
    expect(heard).toEqual(['open for true', 'closed']);
  });

  test('while one replica sweeps no other does, and batches follow each other until all is gone', async () => {
    const databaseUrl = await postgres.freshUrl();
    const { database, state } = await opened(databaseUrl, { reasoningMs: -1000, responsesMs: -1000 });
    for (let n = 0; n < 25; n++) await state.responses.put([row(`${n}`)]);
    await state.reasoning.put(
      Array.from({ length: 25 }, (_, n) => ({ key: `${n}`, digest: '', body: bytes('x') })),
    );
    await database.withClient(async (client) => {
      await client.query("SELECT pg_advisory_lock(hashtextextended('perigee sweep ' || $1, 0))", [
        database.schema,
      ]);
      expect(await sweep(database, 10)).toBe(0);
      await client.query('SELECT pg_advisory_unlock_all()');
    });
    expect(await sweep(database, 10)).toBe(50);
  });

  test('of what is built on a response while it is deleted, nothing is ever lost', async () => {
    const databaseUrl = await postgres.freshUrl();
    const { state: one } = await opened(databaseUrl);
    const { state: other } = await opened(databaseUrl);
    for (let n = 0; n < 50; n++) {
      await one.responses.put([row(`p${n}`)]);
      const [orphans] = await Promise.all([
        other.responses.put([row(`c${n}`, `p${n}`)]),
        one.responses.delete(`p${n}`),
      ]);
      if (orphans.length === 0) expect(await conversation(one, `c${n}`)).toHaveLength(2);
      else expect(await one.responses.show(`c${n}`, 'answer')).toBeUndefined();
    }
  });
});
