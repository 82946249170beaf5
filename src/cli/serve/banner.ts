import { hostProfile } from '../../profiles/index.ts';
import type { Config, ModelConfig } from '../config/config.ts';
import { printable } from '../terminal/text.ts';
import { packageVersion } from '../version.ts';

/** Names that are listed before the rest is counted. */
const MOST_NAMES = 12;

/**
 * What `perigee serve` says when it listens: who answers, the base URLs of the three protocols, a line to try. `keptKeys`:
 * there are keys beside those of the configuration.
 */
export function banner(config: Config, url: string, notes: readonly string[], keptKeys = false): string {
  // Whoever reads this sits at this machine; all networks have no address of their own.
  const base = url.replace(/\/+$/, '').replace('//0.0.0.0', '//127.0.0.1').replace('//[::]', '//[::1]');
  const { models, keys } = config;
  const lines = [
    `perigee ${packageVersion()} listens at ${url}`,
    '',
    `  OpenAI Chat         ${base}/v1`,
    `  OpenAI Responses    ${base}/v1`,
    `  Anthropic Messages  ${base}`,
    '',
    ...modelLines(models),
    ...keyLines(config, keptKeys),
    ...notes.map((note) => `  Note: ${note}.`),
    '',
    'Try it:',
    `  ${curlLine(base, models.find(({ aliases }) => aliases.includes('*')) ?? models[0]!, keys.length > 0 || keptKeys)}`,
    '',
  ];
  return printable(`${lines.join('\n')}\n`);
}

function modelLines(models: readonly ModelConfig[]): string[] {
  const names = models.map(({ name }) => name);
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : '';
  const shown = names.slice(0, MOST_NAMES).join(', ');
  const any = models.find(({ aliases }) => aliases.includes('*'));
  const lines = [`  ${names.length === 1 ? 'Model' : 'Models'}: ${shown}${more}${answeredBy(models)}`];
  if (any) lines.push(`  Any other model name is answered by ${any.name}.`);
  return lines;
}

function answeredBy(models: readonly ModelConfig[]): string {
  if (models.some(({ upstreams }) => upstreams.length === 0)) {
    return ': the practice model, not Kimi. Set MOONSHOT_API_KEY, or give --host or --upstream, for the real one.';
  }
  const hosts = new Set(
    models.flatMap(({ upstreams }) =>
      upstreams.map(({ hostId, baseUrl }) => {
        const { host } = new URL(baseUrl);
        const profile = hostId === undefined ? undefined : hostProfile(hostId);
        return profile ? `${profile.name} (${host})` : host;
      }),
    ),
  );
  return hosts.size > 3 ? `, from ${hosts.size} hosts` : `, from ${[...hosts].join(' and ')}`;
}

function keyLines({ keys }: Config, keptKeys: boolean): string[] {
  if (keys.length === 0 && keptKeys) return ['  Clients need a key: one of perigee keys list.'];
  if (keys.length === 0) return ['  No key is asked for: whoever reaches this address may use it.'];
  return [
    `  Clients need a key: ${keys
      .map(({ id }) => id)
      .slice(0, MOST_NAMES)
      .join(', ')}.`,
  ];
}

function curlLine(base: string, { name }: ModelConfig, withKey: boolean): string {
  const body = JSON.stringify({ model: name, messages: [{ role: 'user', content: 'Hello!' }] });
  const key = withKey ? ' -H "authorization: Bearer $PERIGEE_KEY"' : '';
  return `curl ${base}/v1/chat/completions${key} -H 'content-type: application/json' -d '${body.replaceAll("'", "'\\''")}'`;
}
