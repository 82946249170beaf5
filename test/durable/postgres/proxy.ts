import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to the server that can be cut. */
export interface Proxy {
  /** The connection string that leads through it. */
  url(databaseUrl: string): string;
  /** Whether new connections are let through. */
  isOpen: boolean;
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
    client.on('data', (data) => {
      if (wanted && data.includes(wanted.text)) {
        doomed = wanted.done;
        wanted = undefined;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (!doomed) return void client.write(data);
      client.destroy();
      doomed();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = (server.address() as { port: number }).port;
  const proxy: Proxy = {
    isOpen: true,
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
