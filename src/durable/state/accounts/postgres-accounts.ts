import { randomUUID } from 'node:crypto';
import {
  type AccountKey,
  type Accounts,
  type AccountsFile,
  type AccountsState,
  type Asked,
  monthOf,
  PerigeeError,
  type Settlement,
  type Verdict,
} from '../../../core/index.ts';
import type { Database } from '../../postgres/database.ts';
import { isAway } from '../../postgres/database-error.ts';
import { Availability } from './availability.ts';
import { Outbox, type SealedBatch } from './outbox.ts';
import { Questions } from './questions.ts';
import { RecentKeys } from './recent-keys.ts';
import { RETRY_MS, unavailable } from './unavailable.ts';

/** What holds while the database is away: `open` admits by what this replica alone knows, `closed` admits nothing. */
export interface FailChoice {
  /** Of keys with a budget. Default `closed`. */
  readonly budgets?: 'open' | 'closed';
  /** Of keys with rates. Default `open`. */
  readonly rates?: 'open' | 'closed';
}

export interface PostgresAccountsOptions {
  readonly database: Database;
  readonly fail?: FailChoice;
  /** Makes the accounts of one replica alone, which count while the database is away. */
  readonly alone: (file: AccountsFile) => Accounts;
  /** Is told when the database goes and when it comes back, in one sentence. */
  readonly tell?: (text: string) => void;
  /** Milliseconds in which it has to answer. Default 2000. */
  readonly timeoutMs?: number;
  /** Milliseconds between two signs of life, and after which a replica that gives none is dead. Default 5000 and 20_000. */
  readonly beatMs?: number;
  readonly deadMs?: number;
  /** Milliseconds since 1970, for tests. Default: the clock of the database, which all replicas share. */
  readonly now?: () => number;
}

/** How long a closing gateway tries to write what is still to be written. */
const LAST_WRITE_MS = 10_000;
const REFUSED_RETRY_MS = 5000;

interface Running {
  readonly key: string;
  /** Billionths of a dollar that are held. */
  readonly held: number;
  readonly away: boolean;
}

/** Opens the accounts that replicas share. Throws `database-unreachable`. */
export async function postgresAccounts(options: PostgresAccountsOptions): Promise<Accounts> {
  const accounts = new PostgresAccounts(options);
  await accounts.begin();
  return accounts;
}

class PostgresAccounts implements Accounts {
  keepsKeys = false;
  readonly #questions: Questions;
  readonly #fail: Required<FailChoice>;
  readonly #alone: Accounts;
  readonly #tell: (text: string) => void;
  readonly #where: string;
  readonly #deadMs: number;
  readonly #beatMs: number;
  readonly #availability: Availability;
  readonly #outbox = new Outbox((sealed) => this.#write(sealed));
  readonly #recent = new RecentKeys();
  readonly #running = new Map<string, Running>();
  readonly #finding = new Map<string, Promise<AccountKey | undefined>>();
  #beating: NodeJS.Timeout | undefined;
  #admittedAway = 0;
  /** Until when somebody is likely to wait for what settlements free. */
  #hurryUntil = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: PostgresAccountsOptions) {
    const { database, fail = {}, timeoutMs = 2000, tell = () => {} } = options;
    this.#questions = new Questions(database, randomUUID(), timeoutMs, options.now);
    this.#fail = { budgets: fail.budgets ?? 'closed', rates: fail.rates ?? 'open' };
    this.#tell = tell;
    this.#where = database.where;
    this.#beatMs = options.beatMs ?? 5000;
    this.#deadMs = options.deadMs ?? 20_000;
    this.#availability = new Availability({
      timeoutMs,
      probe: () => this.#beat(),
      onDown: (error) => tell(this.#downText(error)),
      onRefused: (error) => tell(`The database ${this.#where} would not count a request: ${textOf(error)}.`),
      onUp: () => {
        tell(`The database ${this.#where} is back: accounts are kept there again.`);
        void this.#outbox.flush();
      },
    });
    this.#alone = options.alone({
      keepsKeys: false,
      find: () => undefined,
      spent: (key, month) => this.#recent.spentBy(key, month) + this.#outbox.spentBy(key, month),
      settle: () => {},
      close: () => {},
    });
  }

  async begin(): Promise<void> {
    await this.#beat();
    this.#beating = setInterval(() => void this.#availability.askFirst(() => this.#beat()), this.#beatMs);
    this.#beating.unref();
  }

  find(hash: string, fresh: boolean): AccountKey | undefined | Promise<AccountKey | undefined> {
    const recent = this.#recent.get(hash);
    if (recent !== undefined && (!fresh || !this.#availability.up)) return recent;
    if (!this.#availability.up && !this.keepsKeys) return undefined;
    const running = this.#finding.get(hash) ?? this.#find(hash);
    this.#finding.set(hash, running);
    return running;
  }

  async #find(hash: string): Promise<AccountKey | undefined> {
    try {
      const found = await this.#availability.ask(async () => ({ key: await this.#questions.find(hash) }));
      const recent = this.#recent.get(hash);
      if (found === undefined) {
        if (recent !== undefined) return recent;
        throw unavailable();
      }
      if (found.key === undefined) this.#recent.delete(hash);
      else this.#recent.set(found.key);
      if (found.key !== undefined) this.keepsKeys = true;
      return found.key;
    } finally {
      this.#finding.delete(hash);
    }
  }

  admit(asked: Asked): Verdict | Promise<Verdict> {
    const { key, kept } = asked;
    if (!kept && !isLimited(key)) {
      this.#running.set(asked.request, { key: key.id, held: 0, away: false });
      return { is: 'admitted', key };
    }
    return this.#availability.up ? this.#admit(asked) : this.#admitAway(asked);
  }

  async #admit(asked: Asked): Promise<Verdict> {
    const answer = await this.#availability.ask(() => this.#questions.admit(asked));
    if (answer === undefined) return this.#admitAway(asked);
    const { verdict, key, spent } = answer;
    if (spent !== undefined) this.#recent.setSpent(key.id, monthOf(asked.now), spent);
    if (asked.kept) {
      if (verdict.is === 'unknown') this.#recent.delete(asked.key.hash);
      else this.#recent.set(key);
    }
    if (verdict.is === 'held') this.#hurryUntil = Date.now() + 1000;
    if (verdict.is === 'admitted') {
      this.#running.set(asked.request, { key: key.id, held: answer.held, away: false });
    }
    return verdict;
  }

  /** What this replica alone may say. */
  #admitAway(asked: Asked): Verdict | Promise<Verdict> {
    const key = asked.kept ? this.#recent.get(asked.key.hash) : asked.key;
    const closed = (what: 'budget' | 'rates' | 'key'): Verdict => ({
      is: 'away',
      what,
      retryAfterMs: RETRY_MS,
    });
    if (key === undefined) return closed('key');
    if (key.monthlyBudget !== undefined && this.#fail.budgets === 'closed') return closed('budget');
    const hasRates = key.requestsPerMinute !== undefined || key.tokensPerMinute !== undefined;
    if (hasRates && this.#fail.rates === 'closed') return closed('rates');
    const verdict = this.#alone.admit({ ...asked, key, kept: false }) as Verdict;
    if (verdict.is !== 'admitted') return verdict;
    this.#admittedAway++;
    this.#running.set(asked.request, { key: key.id, held: 0, away: true });
    return { ...verdict, away: true };
  }

  settle(settlement: Settlement): void {
    const running = this.#running.get(settlement.request);
    if (running === undefined) return;
    this.#running.delete(settlement.request);
    if (running.away) this.#alone.settle(settlement);
    // Also of one that was admitted here: the database may have admitted it, and the answer came too late.
    const releases = settlement.key.monthlyBudget !== undefined || running.held > 0;
    if (settlement.usage === undefined && !releases) return;
    this.#outbox.add(settlement, releases, Date.now() < this.#hurryUntil);
  }

  async #write(sealed: SealedBatch): Promise<boolean> {
    if (this.#retry !== undefined) return false;
    let refused: unknown;
    const written = await this.#availability.askFirst(async () => {
      try {
        await this.#questions.settle(sealed);
        return true;
      } catch (error) {
        if (isUnreachable(error)) throw error;
        refused = error;
        return false;
      }
    });
    if (refused !== undefined) this.#tryLater(refused);
    return written === true;
  }

  /** The database is there and would not take it: it is kept, and the rest with it, until it does. */
  #tryLater(error: unknown): void {
    if (this.#retry !== undefined) return;
    this.#tell(`What requests took could not be written to ${this.#where}, and is kept: ${textOf(error)}`);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#outbox.flush();
    }, REFUSED_RETRY_MS);
    this.#retry.unref();
  }

  async #beat(): Promise<void> {
    const { known, holds, keepsKeys } = await this.#questions.beat(this.#deadMs);
    // Whoever had keys stays closed to those who have none, even if the last one is gone.
    this.keepsKeys ||= keepsKeys;
    const held = [...this.#running].filter(([, { held }]) => held > 0);
    if (!known && held.length > 0) {
      await this.#questions.hold(held.map(([request, running]) => ({ request, ...running })));
    }
    if (holds <= held.length) return;
    const strays = (await this.#questions.held()).filter((request) => !this.#running.has(request));
    if (strays.length > 0) this.#outbox.release(strays);
  }

  #downText(error: unknown): string {
    const { budgets, rates } = this.#fail;
    const said = (choice: 'open' | 'closed') =>
      choice === 'open' ? 'are admitted as here alone' : 'are refused';
    return `The database ${this.#where} is away (${textOf(error)}). Until it is back requests of keys with a budget ${said(budgets)}, those of keys with rates ${said(rates)}.`;
  }

  state(): AccountsState {
    const { backlog, oldestAt } = this.#outbox;
    return {
      up: this.#availability.up,
      admittedAway: this.#admittedAway,
      backlog,
      backlogSeconds: oldestAt === undefined ? 0 : Math.max(0, (Date.now() - oldestAt) / 1000),
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#beating);
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const deadline = Date.now() + LAST_WRITE_MS;
    await this.#outbox.close();
    while (this.#outbox.backlog > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      await this.#outbox.flush();
    }
    if (this.#outbox.backlog > 0) {
      this.#tell(
        `What ${this.#outbox.backlog} requests took could not be written to ${this.#where} and is lost.`,
      );
    } else {
      await this.#availability.askFirst(() => this.#questions.leave());
    }
    this.#availability.close();
  }
}

function isLimited({ requestsPerMinute, tokensPerMinute, monthlyBudget }: AccountKey): boolean {
  return requestsPerMinute !== undefined || tokensPerMinute !== undefined || monthlyBudget !== undefined;
}

function isUnreachable(error: unknown): boolean {
  return error instanceof PerigeeError ? error.code === 'database-unreachable' : isAway(error);
}

function textOf(error: unknown): string {
  return (error as Error).message.replace(/\.$/, '');
}
