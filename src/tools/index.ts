export { type CalculatorInput, calculator } from './calculator/calculator.ts';
export { type Calculation, calculate } from './calculator/evaluate.ts';
export { ExpressionError } from './calculator/tokens.ts';
export type { WrittenFile } from './files/change.ts';
export type { EditedFile, EditFileInput } from './files/edit-file.ts';
export {
  type FileToolsOptions,
  fileTools,
  type ReadingFileTools,
  type WritingFileTools,
} from './files/file-tools.ts';
export type { ListedEntry, ListedFiles, ListFilesInput } from './files/list-files.ts';
export type { ReadFile, ReadFileInput } from './files/read-file.ts';
export type { FoundLines, SearchFilesInput } from './files/search-files.ts';
export type { WriteFileInput } from './files/write-file.ts';
export {
  type FetchedText,
  type HttpFetchInput,
  type HttpToolOptions,
  httpTool,
} from './http/http-tool.ts';
export { type IncidentToolsOptions, incidentTools } from './incident/incident-tools.ts';
export {
  type Deploy,
  defaultWorld,
  type Health,
  type Incident,
  type LogLine,
  SERVICES,
  SEVERITIES,
  type Service,
  type Severity,
  type World,
} from './incident/world.ts';
export { type McpOptions, type McpTools, mcpTools } from './mcp/mcp-tools.ts';
export type { McpProgram, McpServer, McpUrl } from './mcp/server.ts';
export { type MoonshotToolsOptions, moonshotTools } from './moonshot/moonshot-tools.ts';
export { webSearch } from './moonshot/web-search.ts';
export type { CodeOutcome } from './run-code/outcome.ts';
export { type RunCodeInput, type RunCodeOptions, runCodeTool } from './run-code/run-code-tool.ts';
export { type ShellInput, type ShellOptions, type ShellResult, shellTool } from './shell/shell-tool.ts';
export { type ToolsetOptions, toolsets } from './toolsets.ts';
export { getWeather, type WeatherInput } from './weather.ts';
