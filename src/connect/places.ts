import type { PlatformPlaces, SetupFile } from './setup.ts';

/** The system that files lie on. */
export interface System {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  exists(path: string): boolean;
}

/** Where a client's files lie, in the order of its data; undefined when the main one has no usual place. */
export function placesOf(
  files: readonly SetupFile[],
  system: System,
  given: string | undefined,
): readonly string[] | undefined {
  const [main, ...others] = files;
  if (!main) return [];
  const path = given ?? (typeof main.place === 'string' ? main.place : usualPlace(main.place, system));
  if (path === undefined) return undefined;
  const folder = path.replace(/[^/\\]*$/, '');
  return [path, ...others.map(({ place }) => folder + String(place))];
}

function usualPlace(places: PlatformPlaces, system: System): string | undefined {
  const { platform } = system;
  const own = platform === 'win32' ? places.win32 : platform === 'darwin' ? places.darwin : places.linux;
  const paths = own.map((place) => expanded(place, system));
  return paths.find((path) => system.exists(path)) ?? paths[0];
}

/** `~` and `${NAME:-path}` replaced; an empty variable counts as none. */
function expanded(place: string, { home, environment }: System): string {
  let path = place;
  for (let before = ''; path !== before; ) {
    before = path;
    // The innermost first: what a variable falls back to may name another one.
    path = path.replace(
      /\$\{(\w+):-([^${}]*)\}/,
      (_, name: string, other: string) => environment[name]?.trim() || other,
    );
  }
  return path.replace(/^~(?=[\\/]|$)/, () => home);
}

/** The same place on every system. */
export function everywhere(...paths: string[]): PlatformPlaces {
  return { linux: paths, darwin: paths, win32: paths };
}
