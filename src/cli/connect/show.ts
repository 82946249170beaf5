import {
  type ClientSetup,
  masked,
  PLACEHOLDER,
  printed,
  type SetupChoice,
  type SetupFile,
  shellWord,
} from '../../connect/index.ts';

const FORMAT_NAMES: { readonly [format in SetupFile['format']]: string } = {
  json: 'JSON',
  jsonc: 'JSON with comments',
  json5: 'JSON5',
  yaml: 'YAML',
  toml: 'TOML',
  block: 'lines to add',
};

/** The set-up of a client, ready to be pasted: files, variables, what to do by hand, and what it cannot do. */
export function showSetup(
  client: ClientSetup,
  choice: SetupChoice,
  places: readonly string[] | undefined,
  home: string,
): string {
  const { name, version, source, tried } = client;
  const url = client.protocol === 'messages' ? choice.messagesUrl : choice.chatUrl;
  const secrets = choice.key.kind === 'variable' && choice.key.literal ? [choice.key.literal] : [];
  return [
    `${name} with ${choice.model} at ${url}`,
    `Made for ${version}; read in ${source}.`,
    tried === undefined ? 'Not tried with the client itself.' : `Tried with ${tried}.`,
    ...client.files.flatMap((file, i) => fileLines(file, choice, places?.[i], home, secrets)),
    ...keyLines(client, choice),
    ...section('By hand:', client.files.length === 0 ? client.steps(choice) : []),
    ...section('Then:', client.files.length === 0 ? [] : client.steps(choice)),
    ...section(
      'Good to know:',
      client.limits.map((limit) => `- ${limit}`),
    ),
    '',
  ].join('\n');
}

function fileLines(
  { format, fragment, place }: SetupFile,
  choice: SetupChoice,
  path: string | undefined,
  home: string,
  secrets: readonly string[],
): string[] {
  const where =
    path === undefined
      ? typeof place === 'string'
        ? place
        : 'a file of your choice'
      : shortened(path, home);
  const text = masked(printed(format, fragment(choice)).trimEnd(), secrets);
  return [
    '',
    `${where} (${FORMAT_NAMES[format]}):`,
    '',
    ...text.split('\n').map((line) => (line === '' ? '' : `  ${line}`)),
  ];
}

/** Variables to be set, and what becomes of the key. */
export function keyLines(client: ClientSetup, choice: SetupChoice): string[] {
  const variables = Object.entries(client.environment?.(choice) ?? {}).map(
    ([name, value]) => `export ${name}=${shellWord(value)}`,
  );
  const { key } = choice;
  if (key.kind === 'none') return section('Environment:', variables);
  if (client.key === 'literal') {
    const how =
      client.files.length === 0
        ? `The key is the one in ${key.from}; ${client.name} keeps it itself.`
        : key.literal === undefined
          ? `${client.name} can name no variable: put the key of ${key.from} in the place of ${PLACEHOLDER}, or give it with --key, and it stands in the file.`
          : `${client.name} can name no variable: the key of --key stands in the file.`;
    return [...section('Environment:', variables), '', how];
  }
  const line = key.name === key.from ? `export ${key.name}=…` : `export ${key.name}="$${key.from}"`;
  const named = client.files.length === 0 ? '' : 'the file names the variable, ';
  return section(`Environment (${named}the key itself stands nowhere):`, [line, ...variables]);
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

/** A path as people write it. */
export function shortened(path: string, home: string): string {
  return home !== '' && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
