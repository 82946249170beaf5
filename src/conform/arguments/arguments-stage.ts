import {
  type JsonSchema,
  Kept,
  type StreamEvent,
  type ToolCallInvalid,
  type ToolDeclaration,
} from '../../core/index.ts';
import type { EventStage, EventStageMaker, Tell } from '../stage.ts';
import { CallArguments, type CheckedArguments, withArguments } from './call-arguments.ts';
import { placeText } from './problem-words.ts';
import type { Repair } from './scanner-state.ts';
import { toolSchema } from './tool-schema.ts';

const STAGE = 'arguments';

/**
 * Repairs the arguments of calls where nothing but one thing can have been meant, and checks them against the caller's
 * own schema. Whatever needs no repair passes at once and as it came. A call that breaks its schema is handed on all the
 * same: its tool will say so. Notes: `repaired`, `invalid`.
 */
export const argumentsStage: EventStageMaker = ({ tools }, _sent, _target, tell) => {
  if (tools === undefined || tools.length === 0) return undefined;
  const known = schemas.get(tools) ?? schemas.set(tools, schemasOf(tools));
  return new ArgumentsStage(known, tell);
};

type Schemas = ReadonlyMap<string, JsonSchema | undefined>;

const schemas = new Kept<readonly ToolDeclaration[], Schemas>();

function schemasOf(tools: readonly ToolDeclaration[]): Schemas {
  return new Map(tools.map(({ name, parameters }) => [name, parameters]));
}

interface OpenCall {
  readonly name: string;
  readonly schema: JsonSchema | undefined;
  readonly arguments: CallArguments;
}

class ArgumentsStage implements EventStage {
  readonly passesText = true;
  readonly #schemas: Schemas;
  readonly #tell: Tell;
  /** Those that are open, by their index. */
  readonly #calls: (OpenCall | undefined)[] = [];

  constructor(schemas: Schemas, tell: Tell) {
    this.#schemas = schemas;
    this.#tell = tell;
  }

  push(event: StreamEvent, out: StreamEvent[]): void {
    switch (event.type) {
      case 'tool-call-delta': {
        const call = this.#calls[event.index];
        if (call) call.arguments.delta(event, out);
        else out.push(event);
        return;
      }
      case 'tool-call-start': {
        const { index, name } = event;
        if (this.#schemas.has(name)) {
          const schema = this.#schemas.get(name);
          const shape = schema && toolSchema(schema).shape;
          this.#calls[index] = { name, schema, arguments: new CallArguments(index, shape) };
        }
        out.push(event);
        return;
      }
      case 'tool-call-end': {
        const call = this.#close(event.index);
        if (call) this.#judge(call, call.arguments.end(out));
        out.push(event);
        return;
      }
      case 'tool-call-invalid':
        out.push(this.#invalid(event, out));
        return;
      case 'finish':
        for (const call of this.#calls) call?.arguments.cut(out);
        out.push(event);
        return;
      case 'text-delta':
      case 'reasoning-delta':
        out.push(event);
        return;
      default:
        event satisfies never;
    }
  }

  /** What closes a call that was found invalid upstream: its end, if it could be repaired. */
  #invalid(event: ToolCallInvalid, out: StreamEvent[]): StreamEvent {
    const call = event.index === undefined ? undefined : this.#close(event.index);
    if (!call) return event;
    if (event.reason !== 'invalid-arguments') return withArguments(event, call.arguments.cut(out));
    const checked = call.arguments.end(out);
    if (!checked.value) {
      this.#say('invalid', call.name, 'the arguments are not a JSON object');
      return withArguments(event, checked.text);
    }
    this.#judge(call, checked);
    return { type: 'tool-call-end', index: event.index! };
  }

  #judge({ name, schema }: OpenCall, { value, repairs }: CheckedArguments): void {
    if (repairs.length > 0) this.#say('repaired', name, repairsText(repairs));
    const problem = value && schema && toolSchema(schema).problem(value);
    if (problem) {
      this.#say('invalid', name, `${placeText(problem.path)} does not satisfy "${problem.keyword}"`);
    }
  }

  #close(index: number): OpenCall | undefined {
    const call = this.#calls[index];
    if (call) this.#calls[index] = undefined;
    return call;
  }

  #say(action: string, name: string, what: string): void {
    this.#tell({ stage: STAGE, action, text: `Call of "${name}": ${what}.` });
  }
}

function repairsText(repairs: readonly Repair[]): string {
  const shown = repairs.slice(0, 5).map(({ kind, path }) => `${kind} (${placeText(path)})`);
  if (repairs.length > 5) shown.push('and more');
  return `put right ${shown.join(', ')}`;
}
