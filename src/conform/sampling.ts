import type { ModelRequest } from '../core/index.ts';
import type { HostLimits } from '../profiles/index.ts';
import { listed } from './fields.ts';
import type { RequestStage, Target, Tell } from './stage.ts';

type Extra = NonNullable<ModelRequest['extra']>;

/** What else samples, by its names in the protocols; where sampling is fixed, another value than the default is a 400. */
const FIXED_FIELDS: ReadonlySet<string> = new Set([
  'n',
  'presence_penalty',
  'frequency_penalty',
  'repetition_penalty',
  'temperature',
  'top_p',
  'top_k',
  'top_a',
  'min_p',
]);

/** Drops sampling parameters that are fixed for the model, and brings the others into what the host takes. */
export const samplingStage: RequestStage = (request, target, tell) => {
  if (target.model?.fixedSampling)
    return withoutSampling(limitStops(request, target.host?.limits, tell), tell);
  const scaled = scaleTemperature(request, target, tell);
  const { limits } = target.host ?? {};
  return limitStops(limitTemperature(scaled, limits, tell), limits, tell);
};

function withoutSampling(request: ModelRequest, tell: Tell): ModelRequest {
  const names: string[] = [];
  const { temperature, topP, extra } = request;
  if (temperature !== undefined) names.push('temperature');
  if (topP !== undefined) names.push('top_p');
  const kept: Extra | undefined = extra && withoutFixed(extra, names);
  if (names.length === 0) return request;
  tell(
    note(
      'dropped',
      `${listed(names)} ${names.length === 1 ? 'is' : 'are'} fixed for this model and left out.`,
    ),
  );
  const { temperature: _, topP: __, extra: ___, ...rest } = request;
  return kept === undefined || Object.keys(kept).length === 0 ? rest : { ...rest, extra: kept };
}

function withoutFixed(extra: Extra, names: string[]): Extra {
  const entries = Object.entries(extra);
  const kept = entries.filter(([name]) => !FIXED_FIELDS.has(name));
  if (kept.length === entries.length) return extra;
  for (const [name] of entries) if (FIXED_FIELDS.has(name)) names.push(name);
  return Object.fromEntries(kept);
}

/** The official Anthropic endpoint of K2-Instruct does this, so its clients send what is right for that. */
function scaleTemperature(request: ModelRequest, { model, protocol }: Target, tell: Tell): ModelRequest {
  const { temperature, extraProtocol } = request;
  const factor = model?.anthropicTemperature;
  if (temperature === undefined || factor === undefined) return request;
  if (extraProtocol !== 'anthropic-messages' || protocol === 'anthropic-messages') return request;
  tell(note('scaled', `The temperature is multiplied by ${factor}, as Moonshot's Anthropic endpoint does.`));
  return { ...request, temperature: temperature * factor };
}

function limitTemperature(
  request: ModelRequest,
  limits: HostLimits | null | undefined,
  tell: Tell,
): ModelRequest {
  const { temperature } = request;
  if (!limits || temperature === undefined) return request;
  const clamped = Math.min(Math.max(temperature, 0), limits.temperature);
  if (clamped === temperature) return request;
  tell(note('clamped', `The temperature is brought into 0 to ${limits.temperature}.`));
  return { ...request, temperature: clamped };
}

function limitStops(request: ModelRequest, limits: HostLimits | null | undefined, tell: Tell): ModelRequest {
  const { stop } = request;
  if (!limits || stop === undefined) return request;
  const short = stop.filter((text) => text !== '' && Buffer.byteLength(text) <= limits.stopBytes);
  const kept = short.slice(0, limits.stops);
  if (kept.length === stop.length) return request;
  const dropped = stop.length - kept.length;
  tell(
    note(
      'dropped',
      `${dropped} of ${stop.length} stop strings are left out: the host takes ${limits.stops}, of 1 to ${limits.stopBytes} bytes.`,
    ),
  );
  const { stop: _, ...rest } = request;
  return kept.length > 0 ? { ...rest, stop: kept } : rest;
}

function note(action: string, text: string) {
  return { stage: 'sampling', action, text };
}
