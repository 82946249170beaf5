/** What keeps a running gateway's configuration up to date. */
export interface Reloader {
  /** The file may have changed. */
  touched(): void;
  /** Reads it again in any case. */
  reload(): void;
  /** Resolves when nothing is left to be done. */
  idle(): Promise<void>;
}

export interface ReloaderOptions {
  /** The text of the file. Throws where it cannot be read. */
  read(): string;
  /** Uses the text that was read. Throws where that cannot be. */
  apply(text: string): void;
  /** Is told that the text could not be used; what was used before stays. */
  failed(error: unknown): void;
  /** Waits until whoever writes the file has most likely finished. */
  settle(): Promise<void>;
  /** The text that is in use. */
  readonly text: string;
}

/**
 * Applies a file's text whenever it has become another one. Changes that come while one is being applied count once; a
 * text that was faulty is not complained about again before it changes.
 */
export function reloader({ read, apply, failed, settle, text }: ReloaderOptions): Reloader {
  let last: string | undefined = text;
  let wanted = false;
  let working: Promise<void> | undefined;
  const work = async () => {
    while (wanted) {
      wanted = false;
      await settle();
      // Whoever touched it meanwhile is served by this reading.
      wanted = false;
      refresh();
    }
    working = undefined;
  };
  const refresh = () => {
    let found: string | undefined;
    try {
      found = read();
      if (found === last) return;
      apply(found);
    } catch (error) {
      if (found === undefined && last === undefined) return;
      failed(error);
    }
    last = found;
  };
  const touched = () => {
    wanted = true;
    working ??= work();
  };
  return {
    touched,
    reload() {
      // Never equal to what is read.
      last = `${last ?? ''}\0`;
      touched();
    },
    idle: () => working ?? Promise.resolve(),
  };
}
