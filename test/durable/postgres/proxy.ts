import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to the server that can be cut. */
export interface Proxy {
  /** The connection string that leads through it. */
  url(databaseUrl: string): string;
  /** Whether new connections are let through. */
  isOpen: boolean;
  /** From now on nothing comes through, and nobody is told; what is connected now stays so also when this is over. */
  swallows: boolean;
  /** The settings that each connection began with, by name. */
  readonly begun: string[][];
  /** Ends all connections. */
  cut(): void;
  /** Cuts a connection at the moment at which the server answers to something that it was sent with `text` in it. */
  cutAtAnswerTo(text: string): Promise<void>;
}

export async function startProxy(port: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let wanted: { readonly text: string; readonly done: () => void } | undefined;
  const server = createServer((client) => {
    if (!proxy.isOpen) return void client.destroy();
    const upstream = connect(port, '127.0.0.1');
    let swallowed = false;
    const isSwallowed = () => {
      swallowed ||= proxy.swallows;
      return swallowed;
    };
    let doomed: (() => void) | undefined;
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    // Four bytes of length, four of version, then names and values that end with a zero.
    client.once('data', (data) => {
      const words = data.subarray(8).toString('latin1').split('\0');
      proxy.begun.push(words.filter((word, at) => at % 2 === 0 && word !== ''));
    });
    client.on('data', (data) => {
      if (isSwallowed()) return;
      if (wanted && data.includes(wanted.text)) {
        doomed = wanted.done;
        wanted = undefined;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (isSwallowed()) return;
      if (!doomed) return void client.write(data);
      client.destroy();
      doomed();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = (server.address() as { port: number }).port;
  const proxy: Proxy = {
    isOpen: true,
    swallows: false,
    begun: [],
    url: (databaseUrl) => databaseUrl.replace(`:${port}/`, `:${own}/`),
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    cutAtAnswerTo: (text) =>
      new Promise((resolve) => {
        wanted = { text, done: resolve };
      }),
  };
  onTestFinished(() => {
    proxy.cut();
    server.close();
  });
  return proxy;
}
