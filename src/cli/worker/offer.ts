import type { Tools } from '../../agent/index.ts';
import { nearest, PerigeeError } from '../../core/index.ts';
import { type ChosenModel, chooseModel } from '../choose-model.ts';
import { loadToolGroups, toolEntries } from '../load-tools.ts';
import { type AgentCommandOptions, mustHavePrices, toolListOf } from '../run/agent-options.ts';
import { startMcpServers } from '../run/mcp-tools.ts';

/** What the runs of a worker may be made of: its own model, keys, tools and servers, which no run can add to. */
export interface Offer {
  readonly options: AgentCommandOptions;
  /** The model of runs that ask for none. */
  readonly chosen: ChosenModel;
  /** Its tools by the entries of `--tools`; those of its servers have an entry each. */
  readonly groups: ReadonlyMap<string, Tools>;
  /** The model of this name, at the worker's host with the worker's key. */
  model(name: string | undefined): Promise<ChosenModel>;
  close(): Promise<void>;
}

/** Models that are kept to be asked for again. */
const MOST_MODELS = 50;

/** Finds the model, loads the tools and starts the servers that the options name. `note` hears what those say. */
export async function makeOffer(options: AgentCommandOptions, note: (text: string) => void): Promise<Offer> {
  const chosen = await chooseModel(options);
  mustHavePrices(options, chosen);
  const loaded = await loadToolGroups(toolListOf(options, chosen), {}, chosen.builtins);
  const names = [...loaded.values()].flatMap((tools) => Object.keys(tools));
  // A SIGTERM lets the runs come to a safe point first.
  const mcp = await startMcpServers(options.mcp ?? [], names, note, { endsOnTerm: false });
  const served = Object.entries(mcp.tools).map(([name, tool]) => [name, { [name]: tool }] as const);
  const known = new Map<string, ChosenModel>();
  return {
    options,
    chosen,
    groups: new Map([...loaded, ...served]),
    async model(name) {
      if (name === undefined || name === chosen.model.id) return chosen;
      const earlier = known.get(name);
      if (earlier) return earlier;
      const found = await chooseModel({ ...options, model: name });
      if (known.size < MOST_MODELS) known.set(name, found);
      return found;
    },
    close: () => mcp.close(),
  };
}

/** All tools of a worker. */
export function allTools({ groups }: Offer): Tools {
  return Object.fromEntries([...groups.values()].flatMap((tools) => Object.entries(tools)));
}

/**
 * Those of the worker's tools that a run asks for, by entries of the worker's `--tools` or by names of tools. Nothing is ever
 * loaded for a run. Throws `invalid-options` for a tool that the worker does not offer.
 */
export function offeredTools(offer: Offer, asked: string | undefined): Tools {
  const all = allTools(offer);
  if (asked === undefined) return all;
  const tools: Tools = {};
  for (const entry of toolEntries(asked)) {
    const group = offer.groups.get(entry);
    if (group) Object.assign(tools, group);
    else if (Object.hasOwn(all, entry)) Object.assign(tools, { [entry]: all[entry]! });
    else throw notOffered(offer, entry);
  }
  return tools;
}

function notOffered(offer: Offer, entry: string): PerigeeError {
  const names = [...new Set([...offer.groups.keys(), ...Object.keys(allTools(offer))])];
  const meant = nearest(entry, names);
  return new PerigeeError(
    'invalid-options',
    `The run asks for the tool ${JSON.stringify(entry.slice(0, 80))}, which this worker does not offer.${meant === undefined ? '' : ` Did you mean ${meant}?`}`,
    {
      remedy: `It offers: ${[...offer.groups.keys()].join(', ') || '(none)'}. More are given to the worker: perigee worker --tools.`,
    },
  );
}
