import { calculator } from './calculator/calculator.ts';
import { fileTools, writingFileTools } from './files/file-tools.ts';
import { httpTool } from './http/http-tool.ts';
import { incidentTools } from './incident/incident-tools.ts';
import type { World } from './incident/world.ts';
import { webSearch } from './moonshot/web-search.ts';
import { runCodeTool } from './run-code/run-code-tool.ts';
import { shellTool } from './shell/shell-tool.ts';
import { getWeather } from './weather.ts';

/** What the toolsets may be told; each reads only its own. */
export interface ToolsetOptions {
  /** The folder that `files` sees, `edit` writes in and `shell` works in; default the working directory. */
  readonly root?: string;
  /** The world behind `incident`; default a new `defaultWorld()`. */
  readonly world?: World;
  /** Milliseconds that each tool of `incident` takes; default each its own, 120 to 390. */
  readonly latencyMs?: number;
}

/** The ready tools by the names under which a command can ask for them. */
export const toolsets = {
  calculator: (_options: ToolsetOptions = {}) => ({ calculator }),
  files: ({ root = process.cwd() }: ToolsetOptions = {}) => fileTools({ root }),
  weather: (_options: ToolsetOptions = {}) => ({ get_weather: getWeather }),
  incident: ({ world, latencyMs }: ToolsetOptions = {}) =>
    incidentTools(world, { ...(latencyMs !== undefined && { latencyMs }) }),
  shell: ({ root }: ToolsetOptions = {}) => ({ shell: shellTool({ ...(root !== undefined && { root }) }) }),
  web_search: (_options: ToolsetOptions = {}) => ({ $web_search: webSearch }),
  edit: ({ root = process.cwd() }: ToolsetOptions = {}) => writingFileTools(root),
  http: (_options: ToolsetOptions = {}) => ({ http_fetch: httpTool() }),
  code: (_options: ToolsetOptions = {}) => ({ run_code: runCodeTool() }),
};
