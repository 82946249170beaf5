import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { allFiles, manifests, matches, textOf, type Value, yamlOf } from './files.ts';

/** The words behind `perigee` wherever a container runs it. */
const CONTAINERS: readonly (readonly [where: string, args: readonly string[]])[] = [
  ...Object.entries<Value>(yamlOf('compose.yaml').services)
    .filter(([, { image }]) => image === 'perigee')
    .map(([name, { command }]) => [`compose.yaml ${name}`, words(command as readonly unknown[])] as const),
  ...manifests().flatMap(({ kind, metadata, spec }) =>
    [...(spec?.template?.spec?.containers ?? [])].map(
      ({ args }) => [`${kind} ${metadata!['name']}`, words(args as readonly unknown[])] as const,
    ),
  ),
  ...matches(textOf('Dockerfile'), /^CMD (\[.*\])$/gm).map(
    (list) => ['Dockerfile', words(JSON.parse(list) as string[])] as const,
  ),
];

/** As they are when the variables have their defaults. */
function words(args: readonly unknown[]): string[] {
  return args.map((word) => {
    if (typeof word !== 'string') throw new Error(`${String(word)} is no text: quote it`);
    return word.replace(/^\$\{\w+:-(.*)\}$/, '$1');
  });
}

/** The lines in documents and comments that begin with `perigee`. */
const MENTIONED = allFiles().flatMap((path) =>
  [
    ...matches(textOf(path), /`(perigee [a-z][^`]*)`/g),
    ...matches(textOf(path), /^(perigee [a-z].*)$/gm),
  ].map((line) => [path, line] as const),
);

/** The command of the program that has this name. */
async function commandNamed(name: string): Promise<Command | undefined> {
  const file = new URL(`../../src/cli/commands/${name}.ts`, import.meta.url);
  if (!existsSync(fileURLToPath(file))) return undefined;
  const module = (await import(file.href)) as { [name: string]: (finish: () => void) => Command };
  const make = Object.entries(module).find(([exported]) => exported.endsWith('Command'))?.[1];
  return make?.(() => {})
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
}

function known(command: Command): Set<string> {
  const below = command.commands.flatMap((each) => [...known(each)]);
  return new Set([...command.options.map(({ long }) => long!), '--help', ...below]);
}

test('there are containers and lines to look at', () => {
  expect(CONTAINERS.map(([where]) => where)).toEqual([
    'compose.yaml gateway-1',
    'compose.yaml gateway-2',
    'compose.yaml worker-1',
    'compose.yaml worker-2',
    'Deployment perigee-gateway',
    'StatefulSet perigee-worker',
    'Dockerfile',
  ]);
  expect(MENTIONED.length).toBeGreaterThan(5);
});

describe('the program takes', () => {
  test.each(CONTAINERS)('%s: %j', async (_, [name = '', ...args]) => {
    const command = await commandNamed(name);
    expect(command?.name()).toBe(name);
    const { operands, unknown } = command!.parseOptions([...args]);
    expect(operands).toEqual([]);
    expect(unknown).toEqual([]);
  });

  test.each(MENTIONED)('what %s says: %s', async (_, line) => {
    const [, name = ''] = line.split(' ');
    const command = await commandNamed(name);
    expect(command?.name()).toBe(name);
    const flags = matches(line, /(?<=\s)(--[a-z][a-z-]*)/g);
    expect(flags.filter((flag) => !known(command!).has(flag))).toEqual([]);
  });
});

test('a flag that the program does not have is found', async () => {
  const command = await commandNamed('serve');
  expect(command!.parseOptions(['--config', 'x', '--cnofig', 'y']).unknown).toContain('--cnofig');
  expect(() => command!.parseOptions(['--drain-delay', 'soon'])).toThrow(/number of seconds/);
});
