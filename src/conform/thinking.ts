import type { ModelRequest } from '../core/index.ts';
import type { HostProfile, ModelProfile } from '../profiles/index.ts';
import { dialectOf, type RequestStage, type Target, type Tell } from './stage.ts';

type Thinking = ModelRequest['thinking'];
type Wish = Pick<ModelRequest, 'thinking' | 'effort'>;

/** Words that other models know, as the nearest of those of Kimi's models. */
const NEAREST_EFFORT: Readonly<Record<string, string>> = {
  none: 'low',
  minimal: 'low',
  medium: 'high',
  xhigh: 'max',
  ultra: 'max',
};

/** Asks for thinking in a way that the model takes; of a model that is not known nothing is changed. */
export const thinkingStage: RequestStage = (request, target, tell) => {
  const { model } = target;
  if (model === undefined) return request;
  const asked: Wish = { thinking: request.thinking, effort: request.effort };
  const { thinking, effort } = fittedTo(model, asked, target, tell);
  if (thinking === asked.thinking && effort === asked.effort) return request;
  const { thinking: _, effort: __, ...rest } = request;
  return { ...rest, ...(thinking !== undefined && { thinking }), ...(effort !== undefined && { effort }) };
};

function fittedTo(model: ModelProfile, asked: Wish, target: Target, tell: Tell): Wish {
  const { mode, efforts } = model.thinking;
  if (mode === 'none') {
    if (asked.thinking !== undefined || asked.effort !== undefined) {
      tell(note('dropped', `${model.id} does not think: nothing is asked of its thinking.`));
    }
    return {};
  }
  if (efforts) return effortOf(model, efforts, asked, tell);
  if (mode === 'always') return { thinking: always(model, asked, target, tell) };
  const thinking = switched(model, asked, tell);
  if (thinking !== 'off' || canBeTold(target)) return { thinking };
  // What follows goes by what it will do: it thinks, wants reasoning back, and needs tokens for it.
  tell(note('dropped', `This host is not known to have a switch for thinking: ${model.id} thinks.`));
  return {};
}

/** Whether the host has a switch; a prompt that is written here and Anthropic's protocol have one. */
function canBeTold(target: Target): boolean {
  return target.protocol !== 'openai-chat' || (dialectOf(target).thinking ?? 'none') !== 'none';
}

/** A model that is told how hard to think is not told that it should: it always does. */
function effortOf(model: ModelProfile, efforts: readonly string[], asked: Wish, tell: Tell): Wish {
  if (asked.effort === undefined) {
    if (asked.thinking !== 'off') return {};
    tell(note('replaced', `${model.id} always thinks: the effort ${efforts[0]} is the nearest to none.`));
    return { effort: efforts[0] };
  }
  if (efforts.includes(asked.effort)) return { effort: asked.effort };
  const nearest = Object.hasOwn(NEAREST_EFFORT, asked.effort) ? NEAREST_EFFORT[asked.effort] : undefined;
  if (nearest === undefined || !efforts.includes(nearest)) {
    tell(note('dropped', `${model.id} knows the efforts ${efforts.join(', ')} alone: its default is used.`));
    return {};
  }
  tell(note('replaced', `${model.id} knows the efforts ${efforts.join(', ')}: ${nearest} is the nearest.`));
  return { effort: nearest };
}

function switched(model: ModelProfile, asked: Wish, tell: Tell): Thinking {
  let { thinking } = asked;
  if (thinking === 'keep' && model.thinking.keep === 'never') {
    // 400 on Moonshot.
    tell(note('replaced', `${model.id} does not keep earlier reasoning: it is only asked to think.`));
    thinking = 'on';
  }
  if (asked.effort === undefined) return thinking;
  if (thinking === undefined && isNoEffort(asked.effort)) {
    tell(note('replaced', `${model.id} knows no effort: thinking is switched off.`));
    return 'off';
  }
  tell(note('dropped', `${model.id} knows no effort: it is left out.`));
  return thinking;
}

function always(model: ModelProfile, asked: Wish, { host }: Target, tell: Tell): Thinking {
  if (asked.thinking === 'off' || isNoEffort(asked.effort)) {
    tell(note('replaced', `${model.id} always thinks: it cannot be switched off.`));
  } else if (asked.effort !== undefined) {
    tell(note('dropped', `${model.id} knows no effort: it is left out.`));
  }
  return alwaysOn(model, asked.thinking, host);
}

function alwaysOn(model: ModelProfile, asked: Thinking, host: HostProfile | undefined): Thinking {
  const keep = model.thinking.keep;
  if (host?.thinkingKeep === true) {
    // kimi-k2.7-code takes `{type: "enabled", keep: "all"}` or nothing; kimi-k2-thinking knows no `keep`.
    if (asked === undefined) return undefined;
    return keep === 'always' ? 'keep' : 'on';
  }
  // Relays that do not think by default need to be told (AgentFlocks/flocks#620).
  return asked === 'keep' && keep !== 'never' ? 'keep' : 'on';
}

function isNoEffort(effort: string | undefined): boolean {
  return effort === 'none' || effort === 'minimal';
}

function note(action: string, text: string) {
  return { stage: 'thinking', action, text };
}
