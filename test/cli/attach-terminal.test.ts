import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, type Postgres, startPostgres } from '../postgres.ts';
import { CTRL_C, ENTER, NO_TERMINAL, onTerminal } from './terminal.ts';
import { type Ground, workersAt } from './workers.ts';

if (NO_TERMINAL !== undefined) console.log(`Not tried on a terminal: ${NO_TERMINAL}.`);

describe.skipIf(!hasPostgres || NO_TERMINAL !== undefined)(
  'perigee attach on a terminal',
  { timeout: 120_000 },
  () => {
    let postgres: Postgres;
    let ground: Ground;

    beforeAll(async () => {
      postgres = await startPostgres();
    }, 60_000);
    afterAll(() => postgres.remove());

    async function begin(prompt: string) {
      ground = await workersAt(await postgres.freshUrl());
      const worker = await ground.worker();
      await ground.perigee(['run', '--detach', '--session', 'one', prompt]);
      return worker;
    }

    const attach = () => onTerminal(['attach', 'one'], { env: ground.env });

    test('asks about a call that waits as run does, and the run goes on with the answer', async () => {
      await begin('write note');
      const terminal = attach();
      await terminal.sees('? write_note');
      await terminal.sees('say why not: ');
      terminal.types(`y${ENTER}`);
      await terminal.sees('Heard: write note. written');
      const { code, screen } = await terminal.done;
      expect([code, ground.notes()]).toEqual([0, 'note\n']);
      expect(screen.split('say why not').length).toBe(2);
    });

    test('asks no longer when the call was answered elsewhere', async () => {
      await begin('write note');
      const terminal = attach();
      await terminal.sees('say why not: ');
      await ground.perigee(['approve', 'one', 'functions.write_note:1', 'no', '--note', 'not today']);
      await terminal.sees('They said: not today');
      const { code } = await terminal.done;
      expect([code, ground.notes()]).toEqual([0, '']);
    });

    test('Ctrl-C at a question leaves the run alone, and says how to look on again', async () => {
      await begin('write note');
      const asked = attach();
      await asked.sees('say why not: ');
      asked.types(CTRL_C);
      const left = await asked.done;
      expect([left.code, left.screen]).toEqual([
        130,
        expect.stringMatching(
          /The run goes on without you\. {2}perigee attach one --from \d+ {2}shows the rest/,
        ),
      ]);
      await ground.perigee(['approve', 'one', 'functions.write_note:1', 'yes']);
      expect((await ground.perigee(['attach', 'one', '--quiet'])).stdout).toContain('written');
    });
  },
);
