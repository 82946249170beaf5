import { isJsonObject, type ModelRequest } from '../../core/index.ts';
import { invalid, kindOf, optionalString, type Wire } from './request-field.ts';

type Thinking = ModelRequest['thinking'];

/** What a request says of thinking, and whether the client wants to see it. */
export interface DecodedThinking {
  readonly thinking?: Exclude<Thinking, undefined>;
  readonly effort?: string;
  readonly show: boolean;
  /** What else stood in `chat_template_kwargs`, for the host's template. */
  readonly templateArguments?: Wire;
}

/** Reads the switches of Moonshot, OpenAI, OpenRouter and of engines' chat templates; the first that says something wins. */
export function decodeThinking(wire: Wire): DecodedThinking {
  const template = isJsonObject(wire['chat_template_kwargs'])
    ? { ...wire['chat_template_kwargs'] }
    : undefined;
  const reasoning = isJsonObject(wire['reasoning']) ? wire['reasoning'] : {};
  const moonshot = moonshotThinking(wire['thinking']);
  const effort = effortOf(wire, reasoning);
  const thinking =
    moonshot.thinking ??
    templateThinking(template) ??
    switched(wire['enable_thinking']) ??
    switched(reasoning['enabled']) ??
    (effort === 'none' ? 'off' : undefined);
  const chosen = effort === 'none' ? moonshot.effort : (effort ?? moonshot.effort);
  return {
    show: reasoning['exclude'] !== true && wire['include_reasoning'] !== false,
    ...(thinking !== undefined && { thinking }),
    ...(chosen !== undefined && { effort: chosen }),
    ...(template !== undefined && Object.keys(template).length > 0 && { templateArguments: template }),
  };
}

function effortOf(wire: Wire, reasoning: Wire): string | undefined {
  return optionalString(wire, 'reasoning_effort') ?? optionalString(reasoning, 'effort', 'reasoning.effort');
}

function moonshotThinking(wire: unknown): { thinking?: Exclude<Thinking, undefined>; effort?: string } {
  if (wire === undefined || wire === null) return {};
  if (typeof wire === 'boolean') return { thinking: wire ? 'on' : 'off' };
  if (!isJsonObject(wire)) {
    throw invalid(
      'thinking',
      `must be an object, and is ${kindOf(wire)}`,
      'Send {"type":"enabled"} or {"type":"disabled"}.',
    );
  }
  const { type, keep } = wire;
  const effort = optionalString(wire, 'effort', 'thinking.effort');
  const given = effort !== undefined && { effort };
  switch (type) {
    case 'disabled':
      return { thinking: 'off' };
    case 'enabled':
      return { thinking: keep === 'all' ? 'keep' : 'on', ...given };
    case undefined:
    case null:
    case 'adaptive':
    case 'auto':
      return { ...(keep === 'all' && { thinking: 'keep' as const }), ...given };
    default:
      throw invalid('thinking.type', `is ${kindOf(type)} that is not known`, 'Use enabled or disabled.');
  }
}

/** Takes what it understands out of the arguments. */
function templateThinking(template: Wire | undefined): Thinking {
  if (template === undefined) return undefined;
  const thinking = switched(template['thinking']) ?? switched(template['enable_thinking']);
  if (thinking === undefined) return undefined;
  const keep = template['preserve_thinking'] === true && thinking === 'on';
  delete template['thinking'];
  delete template['enable_thinking'];
  if (typeof template['preserve_thinking'] === 'boolean') delete template['preserve_thinking'];
  return keep ? 'keep' : thinking;
}

function switched(value: unknown): 'on' | 'off' | undefined {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : undefined;
}
