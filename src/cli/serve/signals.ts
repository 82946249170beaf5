import { isatty } from 'node:tty';

/** What a running server does when it is asked to end or to read its configuration again. */
export interface SignalHandlers {
  /** The first SIGINT or SIGTERM; the second ends the process at once. */
  stop(): void;
  /** SIGHUP, unless it comes because the terminal was closed; absent: the process ends as with SIGTERM. */
  reload?(): void;
}

const STANDARD_INPUT = 0;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Listens to the signals of the process. Returns what takes it back. */
export function onSignals({ stop, reload }: SignalHandlers): () => void {
  let asked = false;
  const hadTerminal = isatty(STANDARD_INPUT);
  const end = (signal: NodeJS.Signals) => {
    if (asked) process.exit(EXIT_CODES[signal as keyof typeof EXIT_CODES]);
    asked = true;
    stop();
  };
  const hangUp = (signal: NodeJS.Signals) => {
    // Whoever closes the window ends what runs in it; nobody could see it or end it afterwards.
    if (reload && !(hadTerminal && !isatty(STANDARD_INPUT))) reload();
    else end(signal);
  };
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', hangUp);
  return () => {
    process.off('SIGINT', end).off('SIGTERM', end).off('SIGHUP', hangUp);
  };
}
