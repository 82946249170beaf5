import { Command } from 'commander';
import { isJsonObject, PerigeeError } from '../../core/index.ts';
import { declareToolsAsTypeScript, renderChatRequest } from '../../formats/index.ts';
import { openInput, readJson, readText } from '../input.ts';
import { mapJsonLines } from '../json-lines.ts';
import { toolList } from '../tool-list.ts';

interface RenderOptions {
  model?: string;
  jsonl?: boolean;
}

/** `perigee render`: the exact prompt for a chat request. */
export function renderCommand(finish: (exitCode: number) => void): Command {
  return new Command('render')
    .description('Print the exact prompt that a chat request (JSON) becomes, as an engine would see it.')
    .argument('[file]', 'the request; default: standard input')
    .option('--model <name>', 'the model whose template is used, if the request names none')
    .option('--jsonl', 'read one JSON object a line ({raw: "<request as text>", format}), print one a line')
    .action(async (file: string | undefined, options: RenderOptions) => {
      const input = openInput(file, 'render');
      if (options.jsonl) {
        const faulty = await mapJsonLines(input, (line) => renderLine(line, options));
        if (faulty > 0) finish(1);
        return;
      }
      const request = readJson(await readText(input), 'the request');
      const prompt = renderChatRequest(withModel(request, options));
      // Exact where it is read by a program; a terminal's next line begins below it.
      process.stdout.write(process.stdout.isTTY ? `${prompt}\n` : prompt);
    });
}

function renderLine(line: Record<string, unknown>, options: RenderOptions): object {
  const { raw, format } = line;
  const json = typeof raw === 'string' ? readJson(raw, 'raw') : (raw ?? line);
  if (format === 'tool-declare-ts') {
    if (!Array.isArray(json)) throw new PerigeeError('invalid-request', 'raw must be an array of tools.');
    const declarations = toolList(json, 'raw');
    return {
      text: declareToolsAsTypeScript(
        declarations.map((tool, position) => ({ ...tool, wire: json[position] })),
      ),
    };
  }
  return { prompt: renderChatRequest(withModel(json, options)) };
}

function withModel(json: unknown, { model }: RenderOptions): unknown {
  return isJsonObject(json) && model !== undefined ? { model, ...json } : json;
}
