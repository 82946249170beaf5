import { connect } from '../../src/cli/connect/connect.ts';
import type { ConnectOptions } from '../../src/cli/connect/options.ts';
import { folderWith } from './command.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface ConnectGround {
  readonly home: string;
  /** Runs the command in this home; `answer` is what the person says when asked. */
  run(
    client: string | undefined,
    options: ConnectOptions,
    more?: { env?: Record<string, string>; answer?: boolean },
  ): Promise<Said>;
}

/** A home folder of its own for `perigee connect`, in this process. */
export function connectGround(): ConnectGround {
  const home = folderWith();
  return {
    home,
    async run(client, options, { env = {}, answer } = {}) {
      let out = '';
      let err = '';
      const code = await connect(client, options, {
        environment: { HOME: home, ...env },
        platform: 'linux',
        out: (text) => {
          out += text;
        },
        err: (text) => {
          err += text;
        },
        ...(answer !== undefined && { ask: async () => answer }),
      });
      return { code, out, err };
    },
  };
}
