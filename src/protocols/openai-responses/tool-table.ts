import { isJsonObject, Kept, markLikewise, type Note, type ToolDeclaration } from '../../core/index.ts';
import { CUSTOM_PROPERTY } from './custom-input.ts';
import { invalid, optionalArray, requiredString } from './fields.ts';
import { declareLocal, type LocalKind } from './local-tools.ts';
import type { ClientTool, Item, ToolKind } from './reply.ts';

/** Codex's name for the namespace of tools that are in none; it takes their calls back without it. */
const DEFAULT_NAMESPACE = 'functions';

/** The tables of lists that clients send again with every request, and what was noted of them. */
const tables = new Kept<readonly unknown[], { readonly table: ToolTable; readonly notes: readonly Note[] }>();

/** The tools of a request under the flat names that the model knows, and the way back. */
export class ToolTable {
  readonly declarations: ToolDeclaration[] = [];
  /** By flat name. */
  readonly tools = new Map<string, ClientTool>();
  /** Types of tools that only OpenAI's servers could run. */
  readonly hosted = new Set<string>();
  readonly #flatNames = new Map<string, string>();
  readonly #notes: Note[];

  constructor(notes: Note[]) {
    this.#notes = notes;
  }

  /** The table of a request's list alone, to which nothing is added. Throws as `add` does. */
  static of(listed: readonly unknown[], notes: Note[]): ToolTable {
    let known = tables.get(listed);
    if (!known) {
      const noted: Note[] = [];
      const table = new ToolTable(noted);
      table.add(listed, 'tools');
      for (const declaration of table.declarations) markLikewise(listed, declaration);
      markLikewise(listed, table.declarations);
      known = tables.set(listed, { table, notes: noted });
    }
    notes.push(...known.notes);
    return known.table;
  }

  /** Adds tools as they stand in a request; `at` is their place in it. Throws `invalid-request`. */
  add(tools: readonly unknown[], at: string, namespace?: Item): void {
    tools.forEach((tool, index) => {
      const place = `${at}[${index}]`;
      if (!isJsonObject(tool)) throw invalid(place, `\`${place}\` must be an object.`);
      this.#addOne(tool, place, namespace);
    });
  }

  /** The flat name of a tool, also of one that is no longer declared. */
  flatName(name: string, namespace: string | undefined): string {
    const own = withoutDefault(namespace);
    return this.#flatNames.get(key(name, own)) ?? join(name, own);
  }

  #addOne(tool: Item, at: string, namespace: Item | undefined): void {
    const type: unknown = tool['type'] ?? ('name' in tool ? 'function' : undefined);
    switch (type) {
      case 'namespace': {
        requiredString(tool, 'name', `${at}.name`);
        this.add(optionalArray(tool, 'tools', `${at}.tools`) ?? [], `${at}.tools`, tool);
        return;
      }
      case 'function':
        this.#addFunction(tool, at, namespace);
        return;
      case 'custom':
        this.#addCustom(tool, at, namespace);
        return;
      case 'local_shell':
      case 'apply_patch':
        this.#addLocal(type, tool);
        return;
      case 'shell':
        if (isLocalShell(tool)) this.#addLocal(type, tool);
        else this.#leaveOut(type);
        return;
      case 'tool_search':
        if (tool['execution'] === 'client') this.#addLocal(type, tool);
        else this.#leaveOut(type);
        return;
      default:
        if (typeof type !== 'string') throw invalid(`${at}.type`, `\`${at}.type\` must be a string.`);
        this.#leaveOut(type);
    }
  }

  #addFunction(tool: Item, at: string, namespace: Item | undefined): void {
    // Some clients send the form of Chat Completions.
    const inner = isJsonObject(tool['function']) ? tool['function'] : tool;
    const name = requiredString(inner, 'name', `${at}.name`);
    const { description, parameters, strict } = inner;
    if (parameters !== undefined && parameters !== null && !isJsonObject(parameters)) {
      throw invalid(`${at}.parameters`, `\`${at}.parameters\` must be a JSON Schema object or null.`);
    }
    this.#declare('function', name, namespace, {
      ...described(description, namespace),
      parameters: parameters ?? { type: 'object', properties: {} },
      ...(typeof strict === 'boolean' && { strict }),
    });
  }

  #addCustom(tool: Item, at: string, namespace: Item | undefined): void {
    const inner = isJsonObject(tool['custom']) ? tool['custom'] : tool;
    const name = requiredString(inner, 'name', `${at}.name`);
    const description = [inner['description'], formatText(inner['format'])]
      .filter((part) => typeof part === 'string' && part !== '')
      .join('\n\n');
    this.#declare('custom', name, namespace, {
      ...described(description, namespace),
      parameters: {
        type: 'object',
        properties: {
          [CUSTOM_PROPERTY]: {
            type: 'string',
            description: 'The whole input, as it is: free text, not JSON.',
          },
        },
        required: [CUSTOM_PROPERTY],
        additionalProperties: false,
      },
    });
  }

  #addLocal(kind: LocalKind, tool: Item): void {
    const { name, ...declaration } = declareLocal(kind, tool);
    this.#declare(kind, name, undefined, declaration);
  }

  #declare(
    kind: ToolKind,
    name: string,
    namespace: Item | undefined,
    declaration: Omit<ToolDeclaration, 'name'>,
  ): void {
    const own = withoutDefault(namespace?.['name'] as string | undefined);
    // Codex sends a tool again in the results of each search that finds it: the first stays, so that the prompt does.
    if (this.#flatNames.has(key(name, own))) return;
    const wanted = join(name, own);
    let flat = wanted;
    for (let count = 2; this.tools.has(flat); count++) flat = `${wanted}_${count}`;
    this.#flatNames.set(key(name, own), flat);
    this.tools.set(flat, { kind, name, ...(own !== undefined && { namespace: own }) });
    this.declarations.push({ name: flat, ...declaration });
  }

  #leaveOut(type: string): void {
    if (this.hosted.has(type)) return;
    this.hosted.add(type);
    this.#notes.push({
      stage: 'fields',
      action: 'dropped',
      text: `The tool \`${type.slice(0, 100)}\` was left out: it runs on OpenAI's servers, not here.`,
    });
  }
}

/** Unambiguous whatever is in the names. */
const key = (name: string, namespace: string | undefined): string =>
  namespace === undefined ? `-${name}` : `${namespace.length}:${namespace}${name}`;

function withoutDefault(namespace: string | undefined): string | undefined {
  return namespace === undefined || namespace === '' || namespace === DEFAULT_NAMESPACE
    ? undefined
    : namespace;
}

/** As Codex itself writes a namespaced name where it must be flat. */
function join(name: string, namespace: string | undefined): string {
  if (namespace === undefined) return name;
  let end = namespace.length;
  while (namespace[end - 1] === '_') end--;
  let start = 0;
  while (name[start] === '_') start++;
  return `${namespace.slice(0, end)}__${name.slice(start)}`;
}

/** The model sees no namespaces, so what one says of its tools goes before each. */
function described(description: unknown, namespace: Item | undefined): { description?: string } {
  const about = withoutDefault(namespace?.['name'] as string | undefined) && namespace?.['description'];
  const parts = [about, description].filter((part) => typeof part === 'string' && part !== '');
  return parts.length === 0 ? {} : { description: parts.join('\n\n') };
}

/** What a custom tool's input must look like: nothing constrains it here, so the model is told. */
function formatText(format: unknown): string | undefined {
  if (!isJsonObject(format) || format['type'] !== 'grammar') return undefined;
  const grammar = isJsonObject(format['grammar']) ? format['grammar'] : format;
  const { syntax, definition } = grammar;
  if (typeof definition !== 'string' || definition === '') return undefined;
  const kind = typeof syntax === 'string' ? `${syntax} grammar` : 'grammar';
  return `\`${CUSTOM_PROPERTY}\` must match this ${kind} from its beginning to its end:\n\n${definition}`;
}

function isLocalShell(tool: Item): boolean {
  const { environment } = tool;
  return !isJsonObject(environment) || environment['type'] === 'local';
}
