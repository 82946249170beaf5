import { Kept, type ToolDeclaration } from '../../core/index.ts';

const known = new Kept<readonly ToolDeclaration[], DeclaredTools>();

/** The tools of a request, with the look-ups that reading a call needs. */
export class DeclaredTools {
  /** False when the caller did not say which tools there are: then no name counts as undeclared. */
  readonly known: boolean;
  /** In the order of declaration. */
  readonly all: readonly ToolDeclaration[];
  /** Characters of the longest name. */
  readonly longestName: number;
  readonly #byName: ReadonlyMap<string, ToolDeclaration>;
  readonly #sorted: readonly string[];
  #longestFirst: readonly string[] | undefined;
  readonly #beginnings: ReadonlySet<number>;
  readonly #hasNameless: boolean;

  /** Tools that come again with every request are read once. */
  static of(tools: readonly ToolDeclaration[] | undefined): DeclaredTools {
    if (tools === undefined) return new DeclaredTools(undefined);
    return known.get(tools) ?? known.set(tools, new DeclaredTools(tools));
  }

  private constructor(tools: readonly ToolDeclaration[] | undefined) {
    this.known = tools !== undefined;
    this.all = tools ?? [];
    this.#byName = new Map(this.all.map((tool) => [tool.name, tool]));
    this.#sorted = [...this.#byName.keys()].sort((a, b) => (a < b ? -1 : 1));
    this.longestName = this.#sorted.reduce((longest, name) => Math.max(longest, name.length), 0);
    this.#hasNameless = this.#byName.has('');
    this.#beginnings = new Set(this.#sorted.map((name) => name.charCodeAt(0)));
  }

  /** Whether some declared name begins with this UTF-16 unit; one without a name begins anywhere. */
  mayBegin(code: number): boolean {
    return this.#hasNameless || this.#beginnings.has(code);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  get(name: string): ToolDeclaration | undefined {
    return this.#byName.get(name);
  }

  /** Names from the longest to the shortest, so that `read_file` wins over `read`. */
  get longestFirst(): readonly string[] {
    this.#longestFirst ??= [...this.#sorted].sort((a, b) => b.length - a.length);
    return this.#longestFirst;
  }

  /** Whether some declared name begins with `prefix`. */
  hasPrefix(prefix: string): boolean {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]! < prefix) low = middle + 1;
      else high = middle;
    }
    return this.#sorted[low]?.startsWith(prefix) ?? false;
  }
}
