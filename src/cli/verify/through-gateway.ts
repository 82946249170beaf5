import { createHash, randomBytes } from 'node:crypto';
import { rawUpstream } from '../../upstream/index.ts';
import { modelBuilder } from '../serve/build-models.ts';
import { loadParts } from '../serve/load-parts.ts';
import { modelDirectory } from '../serve/model-directory.ts';
import type { Measured } from './sides.ts';

/** A gateway before the measured host, on a free port of this machine, and how it is asked. */
export interface Through {
  readonly measured: Measured;
  close(): Promise<void>;
}

/** The gateway as `perigee serve` makes it, with nothing but its defaults, behind a real socket. */
export async function throughGateway(bare: Measured, env: NodeJS.ProcessEnv): Promise<Through> {
  const parts = await loadParts();
  const { baseUrl, apiKey, host, asked, info } = bare;
  const { modelId } = asked.manner;
  const config = {
    name: modelId,
    aliases: ['*'],
    argumentRetries: 0,
    routing: { queue: {}, breaker: {} },
    upstreams: [
      {
        name: 'host',
        baseUrl,
        protocol: 'openai-chat' as const,
        modelId,
        continuation: true,
        ...(apiKey !== undefined && { apiKey }),
        ...(host && { hostId: host.id }),
        ...(asked.manner.extraBody && { extraBody: asked.manner.extraBody }),
      },
    ],
  };
  const [served] = modelBuilder(parts, env).build([config]);
  // The host's key is behind it: nobody else on this machine is to use it meanwhile.
  const key = randomBytes(24).toString('hex');
  const gateway = parts.createGateway({
    models: modelDirectory([{ served: served!, aliases: config.aliases }]),
    keys: [{ id: 'verify', hash: createHash('sha256').update(key).digest('hex') }],
  });
  const { url } = await gateway.listen({ host: '127.0.0.1', port: 0 });
  const sender = rawUpstream({ baseUrl: `${url}/v1`, model: modelId, apiKey: key, protocol: 'openai-chat' });
  const { model, maxTokens } = asked.manner;
  const manner = { modelId, ...(model && { model }), ...(maxTokens !== undefined && { maxTokens }) };
  return {
    measured: {
      baseUrl: `${url}/v1`,
      asked: { side: 'gateway', sender, manner },
      // The port is another one each time; what counts is what is behind it.
      info: { ...info, side: 'gateway', where: `Perigee before ${info.where}` },
    },
    close: () => gateway.drain(),
  };
}
