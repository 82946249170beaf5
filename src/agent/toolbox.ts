import { type JsonSchema, PerigeeError, type ToolDeclaration } from '../core/index.ts';
import { type CheckInput, inputCheck } from './arguments/check-input.ts';
import { parametersOf } from './arguments/parameters.ts';
import type { Tool, Tools } from './tool.ts';

/** A tool that is ready to be declared and called. */
export interface ReadyTool {
  readonly name: string;
  readonly tool: Tool;
  readonly declaration: ToolDeclaration;
  readonly check: CheckInput;
}

interface Readied {
  readonly parameters: JsonSchema;
  readonly check: CheckInput;
}

/** Conversion and validators, made once per tool however many agents and runs share it. */
const READIED = new WeakMap<Tool, Readied>();

/** The tools of a step. A map, so that a tool may be called `constructor`. */
export class Toolbox {
  readonly #tools: ReadonlyMap<string, ReadyTool>;
  /** In the order in which they were given; the same array for as long as the tools are the same. */
  readonly declarations: readonly ToolDeclaration[];
  readonly names: readonly string[];
  #length: number | undefined;

  private constructor(tools: ReadonlyMap<string, ReadyTool>) {
    this.#tools = tools;
    this.declarations = [...tools.values()].map((ready) => ready.declaration);
    this.names = [...tools.keys()];
  }

  /** Characters of the declarations; they are measured once, since the same list goes with every request. */
  get length(): number {
    this.#length ??= JSON.stringify(this.declarations).length;
    return this.#length;
  }

  /** Throws a `PerigeeError` for a tool whose schema cannot be declared or checked. */
  static async of(tools: Tools): Promise<Toolbox> {
    const ready = new Map<string, ReadyTool>();
    for (const [name, tool] of Object.entries(tools)) ready.set(name, await readyTool(name, tool));
    return new Toolbox(ready);
  }

  find(name: string): ReadyTool | undefined {
    return this.#tools.get(name);
  }

  /** These tools and one more behind them, unless there is one of its name. */
  async with(name: string, tool: Tool): Promise<Toolbox> {
    if (this.#tools.has(name)) return this;
    return new Toolbox(new Map([...this.#tools, [name, await readyTool(name, tool)]]));
  }

  /** Only the named tools, in the order of this box. Throws for a name that is not in it. */
  only(names: readonly string[]): Toolbox {
    const missing = names.find((name) => !this.#tools.has(name));
    if (missing !== undefined) {
      throw new PerigeeError('invalid-options', `There is no tool "${missing}" to choose for a step.`, {
        remedy: `The agent's tools are: ${this.names.join(', ')}.`,
      });
    }
    const wanted = new Set(names);
    return new Toolbox(new Map([...this.#tools].filter(([name]) => wanted.has(name))));
  }
}

async function readyTool(name: string, tool: Tool): Promise<ReadyTool> {
  let readied = READIED.get(tool);
  if (!readied) {
    const parameters = await parametersOf(tool, name);
    readied = { parameters, check: inputCheck(tool, name, parameters) };
    READIED.set(tool, readied);
  }
  const { description, strict, builtin } = tool;
  const declaration = {
    name,
    description,
    parameters: readied.parameters,
    ...(strict !== undefined && { strict }),
    ...(builtin && { builtin }),
  };
  return { name, tool, declaration, check: readied.check };
}
