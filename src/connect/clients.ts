import { nearest } from '../core/index.ts';
import { AIDER } from './clients/aider.ts';
import { CLAUDE_CODE } from './clients/claude-code.ts';
import { CLINE } from './clients/cline.ts';
import { CODEX } from './clients/codex.ts';
import { CONTINUE } from './clients/continue.ts';
import { COPILOT } from './clients/copilot.ts';
import { CRUSH } from './clients/crush.ts';
import { CURSOR } from './clients/cursor.ts';
import { DROID } from './clients/droid.ts';
import { GOOSE } from './clients/goose.ts';
import { KILO_CODE } from './clients/kilo-code.ts';
import { KIMI_CODE } from './clients/kimi-code.ts';
import { LIBRECHAT } from './clients/librechat.ts';
import { N8N } from './clients/n8n.ts';
import { OPEN_WEBUI } from './clients/open-webui.ts';
import { OPENCLAW } from './clients/openclaw.ts';
import { OPENCODE } from './clients/opencode.ts';
import { QWEN_CODE } from './clients/qwen-code.ts';
import { ROO_CODE } from './clients/roo-code.ts';
import { ZED } from './clients/zed.ts';
import type { ClientSetup } from './setup.ts';

/** Every client that there is a set-up for. */
export const CLIENTS: readonly ClientSetup[] = [
  OPENCLAW,
  CLINE,
  CONTINUE,
  CURSOR,
  AIDER,
  N8N,
  CLAUDE_CODE,
  CODEX,
  OPENCODE,
  KILO_CODE,
  ROO_CODE,
  ZED,
  QWEN_CODE,
  GOOSE,
  CRUSH,
  DROID,
  OPEN_WEBUI,
  LIBRECHAT,
  KIMI_CODE,
  COPILOT,
];

/** The client that a name means, in any spelling that differs in case and separators only. */
export function clientNamed(name: string): ClientSetup | undefined {
  const wanted = folded(name);
  return CLIENTS.find((client) => namesOf(client).some((each) => folded(each) === wanted));
}

/** The id of the client that a misspelt name most likely means. */
export function nearestClient(name: string): string | undefined {
  const meant = nearest(name, CLIENTS.flatMap(namesOf));
  return meant === undefined ? undefined : clientNamed(meant)?.id;
}

function namesOf({ id, name, aliases = [] }: ClientSetup): string[] {
  return [id, name, ...aliases];
}

function folded(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
