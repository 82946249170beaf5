import { setTimeout } from 'node:timers/promises';
import type { GatewayOptions } from '../../gateway/index.ts';
import type { Config } from '../config/config.ts';
import { describeError } from '../failure.ts';
import { readFileText } from '../input.ts';
import { banner } from './banner.ts';
import { modelBuilder } from './build-models.ts';
import type { ListModels, ServeFlags } from './flags.ts';
import { listenError } from './listen-error.ts';
import { modelDirectory } from './model-directory.ts';
import { openFilesNotes } from './open-files.ts';
import type { Parts, RunningGateway } from './parts.ts';
import { proxyNotes } from './proxy-notes.ts';
import { reloadNotes } from './reload-notes.ts';
import { type Reloader, reloader } from './reloader.ts';
import { requestLog } from './request-log.ts';
import { onSignals } from './signals.ts';
import { readSource, type Source, type SourceFile } from './source.ts';
import { type GatewayState, openState } from './state.ts';
import { watchForChanges } from './watch-file.ts';

/** What the server is given by whoever starts it. */
export interface ServeSurroundings {
  readonly environment: NodeJS.ProcessEnv;
  /** Standard output and standard error. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly listModels: ListModels;
  loadParts(): Promise<Parts>;
}

/** Milliseconds in which an editor has most likely written the whole file. */
const SETTLE_MS = 100;

/** Serves until it is asked to end and the last request is answered. Returns the exit code. */
export async function serve(flags: ServeFlags, surroundings: ServeSurroundings): Promise<number> {
  const { environment, listModels } = surroundings;
  const [source, parts] = await Promise.all([
    readSource(flags, environment, listModels),
    surroundings.loadParts(),
  ]);
  const state = await openState(flags, source.config, parts, surroundings);
  try {
    return await serveSource(source, parts, state, surroundings);
  } finally {
    await state.close();
  }
}

async function serveSource(
  { config, file, notes }: Source,
  parts: Parts,
  state: GatewayState,
  surroundings: ServeSurroundings,
): Promise<number> {
  const { out, err } = surroundings;
  const optionsOf = gatewayOptions(parts, surroundings, state);
  const gateway = parts.createGateway(optionsOf(config));
  const { host, port, keepAliveMs } = config.server;
  const where = { host, port, ...(keepAliveMs !== undefined && { keepAliveMs }) };
  const address = await gateway.listen(where).catch((error: unknown) => {
    throw listenError(error, host, port);
  });
  // Where standard output is for programs, people are told on standard error.
  const tell = config.log === 'json' ? err : out;
  let { drainDelayMs } = config.server;
  const update = (changed: Config) => {
    gateway.update(optionsOf(changed));
    ({ drainDelayMs } = changed.server);
  };
  const notesOn = (changed: Config) => reloadNotes(config, changed, state);
  const reloading = file && keepUpToDate(file, update, notesOn, tell, err);
  const stopped = untilStopped(gateway, () => drainDelayMs, reloading?.reloader, tell);
  const keptKeys = state.accounts?.keepsKeys ?? false;
  const known = [
    ...notes,
    ...proxyNotes(config, surroundings.environment),
    ...openFilesNotes(),
    ...state.notes,
  ];
  tell(banner(config, address.url, known, keptKeys));
  await stopped;
  reloading?.end();
  return 0;
}

/** What the gateway is made of, and made anew of when the configuration changes. `state` stays as it was opened. */
function gatewayOptions(parts: Parts, { environment, out }: ServeSurroundings, state: GatewayState) {
  const builder = modelBuilder(parts, environment, state.hints);
  return ({ models, keys, secret = state.secret, server, log: style }: Config): GatewayOptions => {
    const served = builder.build(models);
    const log = requestLog(style, out);
    return {
      models: modelDirectory(served.map((model, i) => ({ served: model, aliases: models[i]!.aliases }))),
      keys,
      limits: server.limits,
      ...(secret !== undefined && { secret }),
      ...(state.accounts && { accounts: state.accounts }),
      ...(state.shared && { state: state.shared }),
      ...(log && { log }),
    };
  };
}

function keepUpToDate(
  { path, text, parse }: SourceFile,
  update: (config: Config) => void,
  notesOn: (changed: Config) => readonly string[],
  tell: (text: string) => void,
  err: (text: string) => void,
): { readonly reloader: Reloader; end(): void } {
  const keeper = reloader({
    text,
    read: () => readFileText(path),
    apply(changed) {
      const config = parse(changed);
      update(config);
      tell(`perigee: ${[`${path} was read again and is in use.`, ...notesOn(config)].join(' ')}\n`);
    },
    failed: (error) =>
      err(`perigee: ${describeError(error)}\n  What was in use before ${path} changed stays in use.\n`),
    settle: () => setTimeout(SETTLE_MS, undefined, { ref: false }),
  });
  return { reloader: keeper, end: watchForChanges(path, () => keeper.touched()) };
}

function untilStopped(
  gateway: RunningGateway,
  delay: () => number,
  keeper: Reloader | undefined,
  tell: (text: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const release = onSignals({
      stop() {
        const { open } = gateway;
        const what =
          open === undefined ? 'what is open is' : open === 1 ? 'one request is' : `${open} requests are`;
        const delayMs = delay();
        const first = delayMs > 0 ? `takes requests for another ${delayMs / 1000} s, then ` : '';
        if (open !== 0 || delayMs > 0) {
          tell(
            `perigee: ${first}ends when ${open === 0 ? 'all is' : what} answered; once more ends it at once.\n`,
          );
        }
        gateway
          .drain({ delayMs })
          .then(resolve, reject)
          .finally(() => release());
      },
      ...(keeper && { reload: () => keeper.reload() }),
    });
  });
}
