import type { Target } from '../../conform/index.ts';
import { hostProfile, modelProfile, offerOf } from '../../profiles/index.ts';
import type { UpstreamConfig } from '../config/config.ts';

/** What of a configuration says how requests are fitted. */
type KnownOfUpstream = Pick<
  UpstreamConfig,
  'modelId' | 'template' | 'hostId' | 'protocol' | 'dialect' | 'contextWindow' | 'maxOutput'
>;

/** What is known of an upstream: to it requests are fitted. What the configuration says goes before what is published. */
export function targetOf(config: KnownOfUpstream): Target {
  const { modelId, template, hostId, protocol } = config;
  const model = modelProfile(modelId) ?? (template === undefined ? undefined : modelProfile(template));
  const profile = hostId === undefined ? undefined : hostProfile(hostId);
  // An overridden dialect is how this host reads requests, whatever its profile says.
  const host = profile && config.dialect ? withDialect(profile, config.dialect) : profile;
  const offer = hostId === undefined ? undefined : offerOf(modelId, hostId);
  const contextWindow = config.contextWindow ?? offer?.contextWindow ?? model?.contextWindow;
  const maxOutput = config.maxOutput ?? offer?.maxOutput ?? model?.maxOutput ?? undefined;
  return {
    modelId,
    protocol,
    ...(model && { model }),
    ...(host ? { host } : config.dialect && { dialect: config.dialect }),
    ...(contextWindow !== undefined && { contextWindow }),
    ...(maxOutput !== undefined && { maxOutput }),
  };
}

function withDialect(
  host: NonNullable<Target['host']>,
  dialect: NonNullable<UpstreamConfig['dialect']>,
): NonNullable<Target['host']> {
  return { ...host, dialect: { ...host.dialect, ...dialect } };
}
