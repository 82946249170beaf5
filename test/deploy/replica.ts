import { type Running, start } from '../cli/command.ts';
import { freePort } from '../postgres.ts';

/** A process of `perigee serve` at a port that its successors take over. */
export interface Replica {
  readonly port: number;
  /** Starts it, and resolves when it says that it is ready. */
  start(): Promise<void>;
  /** Sends SIGTERM, as those who replace it do, and resolves with its exit code and what it wrote to standard error. */
  stop(): Promise<{ code: number | null; stderr: string }>;
}

/** A replica of the command with these arguments. */
export async function replica(args: readonly string[], env: Record<string, string>): Promise<Replica> {
  const port = await freePort();
  let running: Running | undefined;
  return {
    port,
    async start() {
      running = start(['serve', '--port', `${port}`, ...args], { env });
      const ended = running.done.then(({ stderr }) => {
        throw new Error(`the replica ended before it was ready:\n${stderr}`);
      });
      await Promise.race([untilReady(port), ended]);
      ended.catch(() => {});
    },
    async stop() {
      running!.child.kill('SIGTERM');
      const { code, stderr } = await running!.done;
      return { code, stderr };
    },
  };
}

async function untilReady(port: number): Promise<void> {
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ status }) => status,
      () => 0,
    );
    if (status === 200) return;
  }
}
