import { PerigeeError } from '../../core/index.ts';
import type { ListModelsOptions } from '../../upstream/index.ts';
import { UsageError } from '../failure.ts';
import { blameProxy, proxyFor } from '../proxy.ts';

const TIMEOUT_MS = 10_000;

/** The models that a host lists. Throws `UsageError` where it lists none, and why it cannot be reached. */
export async function listedModels(
  way: ListModelsOptions,
  environment: NodeJS.ProcessEnv,
): Promise<readonly string[]> {
  const { listModels } = await import('../../upstream/index.ts');
  const proxy = proxyFor(new URL(way.baseUrl), environment);
  try {
    return await listModels({
      ...way,
      ...(proxy && { dispatcher: proxy.dispatcher, secrets: proxy.secrets }),
      connectTimeoutMs: TIMEOUT_MS,
      silenceMs: TIMEOUT_MS,
    });
  } catch (error) {
    const code = error instanceof PerigeeError ? error.code : undefined;
    if (code === 'endpoint-not-found' || code === 'not-json') {
      throw new UsageError(
        `name the model with --model: the host does not list its own.\n  ${(error as Error).message}\n` +
          '  If that is no address of its API, correct --upstream; mostly it ends in /v1.',
      );
    }
    throw blameProxy(error, proxy?.source);
  }
}
