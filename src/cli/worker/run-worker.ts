import { createWorker, describeUrl, type Worker } from '../../durable/index.ts';
import type { AgentCommandOptions } from '../run/agent-options.ts';
import { redirectConsole } from '../run/console-output.ts';
import { toolsAtLarge } from '../run/tools-at-large.ts';
import { neededDatabase } from '../sessions/place.ts';
import { plural } from '../terminal/screen.ts';
import { printable } from '../terminal/text.ts';
import { packageVersion } from '../version.ts';
import { readHealthPort, startHealthServer, type WorkerHealth } from './health-server.ts';
import { allTools, makeOffer, type Offer } from './offer.ts';
import { taskAgent } from './task-agent.ts';
import { type WorkerLogStyle, workerLog } from './worker-log.ts';

export interface WorkerCommandOptions extends AgentCommandOptions {
  readonly databaseUrl?: string;
  readonly name?: string;
  readonly concurrency?: number;
  readonly perModel?: number;
  readonly perUser?: number;
  readonly healthPort?: string;
  readonly log: WorkerLogStyle;
}

/** The exit code of a worker that was taken for dead: whoever watches over it should start it again. */
const LOST = 75;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
const CONCURRENCY = 10;
/** Milliseconds between two looks whether the database is there, and how often it is missed until that is said. */
const LOOK_MS = 1_000;
const MISSES = 2;

/** Works on runs until it is told to stop. Returns the exit code. */
export async function runWorker(options: WorkerCommandOptions): Promise<number> {
  const databaseUrl = neededDatabase(options, 'perigee worker');
  const healthPort = options.healthPort === undefined ? undefined : readHealthPort(options.healthPort);
  const say = (text: string) => void process.stderr.write(printable(text.replace(/\n?$/, '\n')));
  redirectConsole(say);
  const release = toolsAtLarge(say);
  const offer = await makeOffer(agentOptionsOf(options), say);
  try {
    const { name, concurrency = CONCURRENCY, perModel, perUser } = options;
    const log = workerLog(options.log, (line) => void process.stderr.write(line));
    const worker = await createWorker({
      databaseUrl,
      ...(name !== undefined && { name }),
      concurrency: {
        perWorker: concurrency,
        ...(perModel !== undefined && { perModel }),
        ...(perUser !== undefined && { perUser }),
      },
      agent: (task) => taskAgent(task, offer),
      onRun: log,
    });
    try {
      say(bannerOf(worker, options, offer, describeUrl(databaseUrl), concurrency));
      return await untilStopped(worker, healthPort, say);
    } catch (error) {
      await worker.stop();
      throw error;
    }
  } finally {
    await offer.close();
    release();
  }
}

async function untilStopped(
  worker: Worker,
  healthPort: ReturnType<typeof readHealthPort> | undefined,
  say: (text: string) => void,
): Promise<number> {
  let state: WorkerHealth['state'] = 'working';
  const health = (): WorkerHealth => ({
    state: state === 'working' && !worker.isConnected ? 'away' : state,
    name: worker.name,
    running: worker.running,
  });
  const server = healthPort && (await startHealthServer(healthPort, health));
  const offWatch = watchDatabase(worker, say);
  if (server) say(`  Probes: port ${server.port}, /healthz and /readyz\n`);
  const { signal, release } = firstSignal();
  const lost = new Promise<'lost'>((resolve) => {
    if (worker.lost.aborted) resolve('lost');
    worker.lost.addEventListener('abort', () => resolve('lost'), { once: true });
  });
  try {
    if ((await Promise.race([signal, lost])) === 'lost') {
      state = 'lost';
      say(`perigee: ${worker.name} was taken for dead, and its runs go on elsewhere. Start it again.`);
      return LOST;
    }
    state = 'stopping';
    const runs = worker.running > 0 ? `: ${plural(worker.running, 'run')} to hand over` : '';
    say(`Stopping${runs}. Once more ends at once; others then take the runs over.`);
    const stopped = worker.stop().then(() => 'stopped' as const);
    return (await Promise.race([stopped, lost])) === 'lost' ? LOST : 0;
  } finally {
    offWatch();
    server?.close();
    release();
  }
}

/** Says when the database is away and when it is back: runs stand still meanwhile, and nobody would know why. */
function watchDatabase(worker: Worker, say: (text: string) => void): () => void {
  let missed = 0;
  const look = setInterval(() => {
    const before = missed;
    missed = worker.isConnected ? 0 : before + 1;
    // A connection that is made anew at once is not worth a line.
    if (missed === MISSES) say('perigee: the database cannot be reached; runs wait for it.');
    else if (missed === 0 && before >= MISSES) say('perigee: the database is back.');
  }, LOOK_MS);
  return () => clearInterval(look);
}

/** Resolves with the first signal to end; the second ends the process. */
function firstSignal(): { readonly signal: Promise<'asked'>; release(): void } {
  let isAsked = false;
  let ask: (said: 'asked') => void = () => {};
  const signal = new Promise<'asked'>((resolve) => {
    ask = resolve;
  });
  const end = (name: NodeJS.Signals) => {
    if (isAsked) process.exit(EXIT_CODES[name as keyof typeof EXIT_CODES]);
    isAsked = true;
    ask('asked');
  };
  process.on('SIGINT', end).on('SIGTERM', end);
  return { signal, release: () => void process.off('SIGINT', end).off('SIGTERM', end) };
}

function agentOptionsOf(options: WorkerCommandOptions): AgentCommandOptions {
  const { databaseUrl: _, name: _n, concurrency: _c, perModel: _m, perUser: _u, ...rest } = options;
  const { healthPort: _h, log: _l, ...agent } = rest;
  return agent;
}

function bannerOf(
  worker: Worker,
  { perModel, perUser }: WorkerCommandOptions,
  offer: Offer,
  where: string,
  concurrency: number,
): string {
  const limits = [
    `${concurrency} at once here`,
    perModel !== undefined && `${perModel} of one model`,
    perUser !== undefined && `${perUser} of one user`,
  ].filter((text) => typeof text === 'string');
  const tools = Object.keys(allTools(offer)).join(', ') || 'none';
  return [
    `perigee ${packageVersion()} worker ${worker.name} takes runs from ${where}`,
    `  Model: ${offer.chosen.introduction}`,
    `  Tools: ${tools}`,
    `  Runs: ${limits.join(', ')}`,
  ].join('\n');
}
