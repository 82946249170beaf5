import { hostProfile } from '../../profiles/index.ts';
import type { Config, ModelConfig, UpstreamConfig } from '../config/config.ts';
import { printable, textWidth } from '../terminal/text.ts';
import { expectations } from './expectations.ts';

/** What a configuration serves, for people: models and their upstreams as a table, then what is done on the way. */
export function describeConfig(config: Config, file: string): string {
  const { server, keys, models } = config;
  const clients = keys.length === 0 ? 'no keys' : `keys: ${keys.map(({ id }) => id).join(', ')}`;
  const rows = models.flatMap((model) => upstreamRows(model));
  const lines = [
    `${file} is in order.`,
    `It listens at ${server.host}:${server.port}, with ${clients}.`,
    '',
    ...table([['MODEL', 'UPSTREAM', 'HOST', 'PROTOCOL', 'ID THERE', 'KEY'], ...rows]),
    '',
    ...models.flatMap(({ name, aliases }) =>
      aliases.length === 0 ? [] : [`${name} is also asked for as ${aliases.join(', ')}.`],
    ),
    ...models.flatMap(({ name, upstreams }) =>
      upstreams.flatMap((upstream) => notesOn(upstream, `${name} at ${upstream.name}`)),
    ),
  ];
  return printable(`${lines.join('\n').trimEnd()}\n`);
}

function upstreamRows({ name, upstreams }: ModelConfig): string[][] {
  return upstreams.map((upstream, i) => [
    i === 0 ? name : '',
    upstream.name,
    new URL(upstream.baseUrl).host,
    upstream.protocol,
    upstream.modelId,
    keyState(upstream),
  ]);
}

function keyState({ apiKey, apiKeyName, headers = {} }: UpstreamConfig): string {
  if (apiKey !== undefined) return apiKeyName === undefined ? 'set' : `${apiKeyName}, set`;
  if (Object.keys(headers).some((name) => /^(authorization|x-api-key|api-key)$/i.test(name))) {
    return 'in headers';
  }
  return apiKeyName === undefined ? 'none' : `${apiKeyName} is missing`;
}

function notesOn(upstream: UpstreamConfig, subject: string): string[] {
  const notes = expectations(upstream);
  const { hostId } = upstream;
  const host = hostId === undefined ? undefined : hostProfile(hostId);
  return [
    '',
    `${subject}${host ? `, known as ${host.name} (${host.verifiedAt})` : ', a host that is not known'}:`,
    ...notes.map((note) => `  - ${note}`),
  ];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => textWidth(row[column] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(widths[column]! - textWidth(cell)))
      .join('  ')
      .trimEnd(),
  );
}
