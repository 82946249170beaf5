import type { ModelProfile, ToolChoiceSupport } from './model-profile.ts';

const MODELS_DEV = 'models.dev@f3fc692 (2026-07-02), providers/moonshotai';
const OPENAPI = "Moonshot's OpenAPI document, history in tryAGI/Moonshot (2026-05-01 to 2026-08-17)";
const OVERVIEW = 'platform.kimi.ai docs api/models-overview (2026-08-13)';
const THINKING_GUIDE = 'platform.kimi.ai docs guide/use-thinking-models (2026-08-13)';
const TOOL_CHOICE_GUIDE = 'platform.kimi.ai docs guide/use-tool-choice (2026-08-13)';
const DIGEST = 'digest of platform.kimi.ai docs/models (2026-08-18, 2026-09-12)';
const CATWALK = 'charmbracelet/catwalk@64dad50 (2026-08-21), configs/moonshot.json';

const UNKNOWN: ToolChoiceSupport = { required: null, named: null };
/** 400 `tool_choice 'required' is incompatible with thinking enabled`. */
const REFUSED: ToolChoiceSupport = { required: false, named: false };
const TEXT = ['text'] as const;
const MEDIA = ['text', 'image', 'video'] as const;

const ACTIVE = { status: 'active' } as const;
const RETIRED_K2 = { status: 'retired', retiredAt: '2026-05-25' } as const;

const K2 = {
  contextWindow: 262_144,
  maxOutput: 262_144,
  defaultMaxTokens: null,
  recommendedMinTokens: null,
  thinking: { mode: 'none', keep: 'never' },
  fixedSampling: null,
  defaultTemperature: 0.6,
  toolChoice: { thinking: UNKNOWN, instant: UNKNOWN },
  prices: { input: 0.6, cachedInput: 0.15, output: 2.5 },
  inputs: TEXT,
  verifiedAt: '2026-08-18',
  sources: [MODELS_DEV, OPENAPI, DIGEST],
} as const satisfies Partial<ModelProfile>;

const K2_THINKING = {
  ...K2,
  recommendedMinTokens: 16_000,
  thinking: { mode: 'always', keep: 'never' },
  defaultTemperature: 1,
  toolChoice: { thinking: REFUSED, instant: REFUSED },
  sources: [MODELS_DEV, OPENAPI, THINKING_GUIDE, DIGEST],
} as const;

// The guide asks all thinking models for 16,000 tokens, since reasoning and answer share them.
const K26 = {
  ...K2,
  defaultMaxTokens: 32_768,
  recommendedMinTokens: 16_000,
  thinking: { mode: 'switch', keep: 'asked' },
  fixedSampling: { temperature: { thinking: 1, instant: 0.6 }, topP: 0.95 },
  defaultTemperature: null,
  // Without thinking the overview refuses `required` and the quickstart does not say so.
  toolChoice: { thinking: REFUSED, instant: UNKNOWN },
  prices: { input: 0.95, cachedInput: 0.16, output: 4 },
  inputs: MEDIA,
  verifiedAt: '2026-09-12',
  sources: [MODELS_DEV, OVERVIEW, TOOL_CHOICE_GUIDE, CATWALK, DIGEST],
} as const;

const K27 = {
  ...K26,
  defaultMaxTokens: null,
  thinking: { mode: 'always', keep: 'always' },
  fixedSampling: { temperature: { thinking: 1 }, topP: 0.95 },
  toolChoice: { thinking: REFUSED, instant: REFUSED },
  prices: { input: 0.95, cachedInput: 0.19, output: 4 },
} as const;

/** `real_temperature = request_temperature * 0.6`: said of the original K2-Instruct alone (MoonshotAI/Kimi-K2 README). */
const K2_INSTRUCT = { anthropicTemperature: 0.6 } as const;

/** Kimi's models, the newest first; of two that a name fits, the narrower comes first. */
export const MODEL_PROFILES: readonly ModelProfile[] = [
  {
    ...K27,
    id: 'kimi-k3',
    pattern: /kimi-k3|(^|\/)k3$/,
    contextWindow: 1_048_576,
    maxOutput: 1_048_576,
    defaultMaxTokens: 131_072,
    thinking: { mode: 'always', keep: 'always', efforts: ['low', 'high', 'max'] },
    // A named function is refused by the documentation (400) and was silently ignored when it was tried.
    toolChoice: { thinking: { required: true, named: false }, instant: { required: true, named: false } },
    prices: { input: 3, cachedInput: 0.3, output: 15 },
    ...ACTIVE,
    sources: [OVERVIEW, TOOL_CHOICE_GUIDE, CATWALK, DIGEST],
  },
  {
    ...K27,
    id: 'kimi-k2.7-code-highspeed',
    pattern: /(k2[-._p]?7|kimi-for-coding).*highspeed/,
    prices: { input: 1.9, cachedInput: 0.38, output: 8 },
    ...ACTIVE,
  },
  {
    ...K27,
    id: 'kimi-k2.7-code',
    pattern: /k2[-._p]?7(?!\d)|kimi-for-coding/,
    ...ACTIVE,
  },
  { ...K26, id: 'kimi-k2.6', pattern: /k2[-._p]?6(?!\d)/, ...ACTIVE },
  {
    ...K26,
    id: 'kimi-k2.5',
    pattern: /k2[-._p]?5(?!\d)/,
    thinking: { mode: 'switch', keep: 'never' },
    prices: { input: 0.6, cachedInput: 0.1, output: 3 },
    status: 'retired',
    retiredAt: '2026-08-31',
  },
  {
    ...K2_THINKING,
    ...RETIRED_K2,
    id: 'kimi-k2-thinking-turbo',
    pattern: /k2[-_]thinking[-_]turbo/,
    prices: { input: 1.15, cachedInput: 0.15, output: 8 },
  },
  { ...K2_THINKING, ...RETIRED_K2, id: 'kimi-k2-thinking', pattern: /k2[-_]thinking/ },
  {
    ...K2,
    ...RETIRED_K2,
    id: 'kimi-k2-turbo-preview',
    pattern: /k2[-_]turbo/,
    prices: { input: 2.4, cachedInput: 0.6, output: 10 },
  },
  { ...K2, ...K2_INSTRUCT, ...RETIRED_K2, id: 'kimi-k2-0905-preview', pattern: /k2.*0905|k2:/ },
  {
    ...K2,
    ...K2_INSTRUCT,
    ...RETIRED_K2,
    id: 'kimi-k2-0711-preview',
    pattern: /k2.*(0711|instruct)|k2$/,
    contextWindow: 131_072,
    maxOutput: 16_384,
  },
];
