import { createHash, randomBytes } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { type KeyChanges, monthOf, PerigeeError } from '../../core/index.ts';
import type { AccountsPlace } from '../accounts-file.ts';
import { describeKeys, describeUsage } from '../keys/describe-keys.ts';
import { withBooks } from '../keys/open-books.ts';

interface LimitFlags extends AccountsPlace {
  readonly models?: readonly string[];
  readonly requestsPerMinute?: number | 'none';
  readonly tokensPerMinute?: number | 'none';
  readonly monthlyBudget?: number | 'none';
}

type Json = AccountsPlace & { readonly json?: boolean };

/** What a key of ours begins with, so that people and scanners of secrets know one. */
const PREFIX = 'pgk_live_';

/** `perigee keys`: the keys that a gateway keeps, and what they used. */
export function keysCommand(_finish: (exitCode: number) => void): Command {
  const keys = new Command('keys').description(
    'Make and revoke the keys of the gateway, and see what they used.',
  );
  const add = (usage: string, description: string) =>
    keys
      .command(usage)
      .description(description)
      .option('--database-url <url>', 'the database that replicas share (default: PERIGEE_DATABASE_URL)')
      .option('--data-dir <folder>', 'without a database: where the gateway keeps its keys');
  const print = (text: string) => void process.stdout.write(text);
  limits(add('add <name>', 'make a key, and show it this once')).action(
    async (name: string, flags: LimitFlags) => {
      const text = PREFIX + randomBytes(32).toString('base64url');
      const key = { id: name, hash: createHash('sha256').update(text).digest('hex'), ...given(flags) };
      const place = await withBooks(flags, process.env, async (books, where) => {
        await books.addKey(key);
        return where;
      });
      print(`${text}\n`);
      say(
        `this is the key of ${name}. Nobody can show it again: only its hash is kept, in ${place}, for the gateways that work with it.`,
      );
    },
  );
  limits(add('change <name>', 'change what a key may; none takes a limit away'), true).action(
    async (name: string, flags: LimitFlags) => {
      const { models, requestsPerMinute, tokensPerMinute, monthlyBudget } = flags;
      const changes: KeyChanges = {
        ...(models && { models: models.includes('all') ? null : models }),
        ...(requestsPerMinute !== undefined && { requestsPerMinute: orNull(requestsPerMinute) }),
        ...(tokensPerMinute !== undefined && { tokensPerMinute: orNull(tokensPerMinute) }),
        ...(monthlyBudget !== undefined && { monthlyBudget: orNull(monthlyBudget) }),
      };
      if (Object.keys(changes).length === 0) {
        throw new PerigeeError('invalid-options', 'Nothing is given that is to change.', {
          remedy: 'Give --models, --requests-per-minute, --tokens-per-minute or --monthly-budget.',
        });
      }
      await withBooks(flags, process.env, async (books, where) => {
        mustBe(name, await books.changeKey(name, changes), where);
        say(`the key ${name} is changed in ${where}.`);
      });
    },
  );
  add('list', 'all keys, what they may, and what they spent this month')
    .option('--json', 'print one object a line')
    .action(async (flags: Json) => {
      const { all, spent } = await withBooks(flags, process.env, async (books) => ({
        all: await books.keys(),
        spent: await books.spentOf(monthOf(Date.now())),
      }));
      if (!flags.json) print(describeKeys(all, spent));
      else for (const key of all) print(`${JSON.stringify({ ...key, spent: spent.get(key.id) ?? 0 })}\n`);
    });
  add('show <name>', 'one key, also if it is revoked')
    .option('--json', 'print it as one object')
    .action(async (name: string, flags: Json) => {
      const { all, spent, where } = await withBooks(flags, process.env, async (books, where) => ({
        all: (await books.keys()).filter(({ id }) => id === name),
        spent: await books.spentOf(monthOf(Date.now())),
        where,
      }));
      mustBe(name, all.length > 0, where);
      if (!flags.json) print(describeKeys(all, spent));
      else print(`${JSON.stringify({ ...all.at(-1), spent: spent.get(name) ?? 0 })}\n`);
    });
  add('revoke <name>', 'let a key in no more; at once, at every replica').action(
    async (name: string, flags: AccountsPlace) =>
      withBooks(flags, process.env, async (books, where) => {
        mustBe(name, await books.revokeKey(name, Date.now()), where);
        say(`the key ${name} is revoked in ${where}.`);
      }),
  );
  add('usage', 'what keys used in a month: requests, tokens, cost')
    .option('--month <month>', 'as in 2026-11, UTC (default: this one)', month)
    .option('--json', 'print one object for each hour, key, model and upstream, one a line')
    .action(async (flags: Json & { month?: string }) => {
      const of = flags.month ?? monthOf(Date.now());
      const rows = await withBooks(flags, process.env, (books) => books.usage(of));
      if (!flags.json) print(describeUsage(rows, of));
      else
        for (const row of rows)
          print(`${JSON.stringify({ ...row, hour: new Date(row.hour).toISOString() })}\n`);
    });
  return keys.addHelpText('after', NOTES);
}

function limits(command: Command, mayBeNone = false): Command {
  const number = mayBeNone ? orNone(positive) : positive;
  const count = mayBeNone ? orNone(atLeastOne) : atLeastOne;
  return command
    .option(
      '--models <names...>',
      mayBeNone ? 'the models that it may use, or all' : 'the models that it may use (default: all)',
    )
    .option('--requests-per-minute <n>', 'requests in any 60 seconds', count)
    .option('--tokens-per-minute <n>', 'tokens of prompts and answers in any 60 seconds', count)
    .option('--monthly-budget <dollars>', 'US dollars in a calendar month (UTC)', number);
}

function given({ models, requestsPerMinute, tokensPerMinute, monthlyBudget }: LimitFlags) {
  return {
    ...(models && { models }),
    ...(typeof requestsPerMinute === 'number' && { requestsPerMinute }),
    ...(typeof tokensPerMinute === 'number' && { tokensPerMinute }),
    ...(typeof monthlyBudget === 'number' && { monthlyBudget }),
  };
}

function orNull(limit: number | 'none'): number | null {
  return limit === 'none' ? null : limit;
}

function mustBe(name: string, found: boolean, where: string): void {
  if (found) return;
  throw new PerigeeError(
    'invalid-options',
    `There is no key ${JSON.stringify(name.slice(0, 80))} in use in ${where}.`,
    {
      remedy: 'perigee keys list  shows what there is. --database-url or --data-dir name another place.',
    },
  );
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError('It must be a number above 0.');
  }
  return value;
}

/** Of less nothing would ever be admitted. */
function atLeastOne(text: string): number {
  if (!(positive(text) >= 1)) throw new InvalidArgumentError('It must be at least 1.');
  return Number(text);
}

function orNone(read: (text: string) => number): (text: string) => number | 'none' {
  return (text) => (text === 'none' ? text : read(text));
}

/** For people; what programs read stands alone on standard output. */
function say(text: string): void {
  process.stderr.write(`perigee: ${text}\n`);
}

function month(text: string): string {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text))
    throw new InvalidArgumentError('It must be a month, as in 2026-11.');
  return text;
}

const NOTES = `
Where: --database-url, else PERIGEE_DATABASE_URL, else the file gateway.sqlite in --data-dir, PERIGEE_DATA_DIR or the
state folder. A gateway that works with the same place takes new keys, changes and revocations into account at once.

Examples:
  perigee keys add alice --monthly-budget 20 --requests-per-minute 60
  perigee keys change alice --monthly-budget 50 --requests-per-minute none
  perigee keys usage --month 2026-11
  perigee keys revoke alice`;
