import { once } from 'node:events';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { UsageError } from '../failure.ts';

/** Where an export goes. */
export interface Sink {
  /** Waits while the reader is slow. */
  write(text: string): Promise<void>;
  /** All is written: a file gets its name only now, so half of one is never taken for the whole. */
  done(): Promise<void>;
  /** It will not be whole: nothing is left of a file. */
  drop(): void;
}

/** A file, or standard output. */
export function openSink(file: string | undefined): Sink {
  if (file === undefined || file === '-') {
    return {
      async write(text) {
        if (!process.stdout.write(text)) await once(process.stdout, 'drain');
      },
      async done() {},
      drop() {},
    };
  }
  const draft = `${file}.part`;
  const stream = createWriteStream(draft);
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure = error;
  });
  const check = () => {
    if (failure) throw new UsageError(`cannot write ${file}: ${failure.message}.`);
  };
  return {
    async write(text) {
      check();
      if (!stream.write(text)) await once(stream, 'drain').catch(() => {});
      check();
    },
    async done() {
      stream.end();
      await finished(stream).catch(() => {});
      check();
      renameSync(draft, file);
    },
    drop() {
      stream.destroy();
      rmSync(draft, { force: true });
    },
  };
}
