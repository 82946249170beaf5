import { Console } from 'node:console';
import { Writable } from 'node:stream';

/**
 * Sends what the code of tools prints with `console` to `write`: on standard output it would stand between the
 * lines of `--json` and in the middle of a live screen.
 */
export function redirectConsole(write: (text: string) => void): void {
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      write(String(chunk));
      done();
    },
  });
  globalThis.console = new Console({ stdout: stream, stderr: stream });
}

/**
 * Sends what is written to standard output itself to `write` until the returned function is called. Whoever has taken hold
 * of `process.stdout.write` before still reaches it.
 */
export function redirectOutput(write: (text: string) => void): () => void {
  const { stdout } = process;
  const original = stdout.write;
  stdout.write = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | ((error?: Error | null) => void),
    done?: (error?: Error | null) => void,
  ): boolean => {
    write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    (typeof encoding === 'function' ? encoding : done)?.();
    return true;
  };
  return () => {
    stdout.write = original;
  };
}
