import { stubOf } from './bill/host.mjs';
import { appendOnly, batches, placeholders, slidingWindow } from './bill/policies.mjs';
import { chatRun, policyRun, windowRun } from './bill/runs.mjs';
import { check, heading, table } from './measure.mjs';

// No clock in it: the same figures on every machine. `--json` prints the first table's dollars for the tests.

/** kimi-k2.6 at Moonshot, US dollars per million tokens. */
const K26 = { input: 0.95, cachedInput: 0.16, output: 4 };
const RUN = { steps: 4_000, prices: K26, window: 262_144, room: 262_144 - 16_384 };
const RESULTS = [800, 3_000];
const THRESHOLDS = [40_000, 80_000, 120_000, 200_000];

const POLICIES = {
  'append only': appendOnly,
  'sliding window of 20 rounds': slidingWindow(20),
  'placeholders for all but 3 results past 100k': placeholders(3, 100_000, 200_000, stubOf),
  ...Object.fromEntries(
    THRESHOLDS.map((above) => [`cut to 20 rounds above ${above / 1000}k`, batches(20, above)]),
  ),
  'cut to 20 rounds and 20 calls with placeholders above 120k': batches(20, 120_000, 20, stubOf),
};
const OURS = {
  Perigee: undefined,
  'Perigee, `keepRounds: 20`': { keepRounds: 20 },
  'Perigee, `keepRounds: 8, keepTokens: 0`': { keepRounds: 8, keepTokens: 0 },
};

if (process.argv.includes('--json')) console.log(JSON.stringify(bills()));
else report();

function report() {
  heading(
    'The bill of a long run',
    `Modelled: ${RUN.steps.toLocaleString('en')} steps of 250 tokens of output and a result of 800 or 3,000, all of it kept in the history; ` +
      '3,000 tokens of instructions, tools and task; a cache of exact prefixes; kimi-k2.6 at Moonshot ($0.95 in, $0.16 cached, ' +
      '$4 out per million); a window of 262,144 tokens less 16,384 for the answer.',
  );
  for (const resultTokens of RESULTS) {
    const rows = Object.entries(runs(resultTokens)).map(([name, run]) =>
      run.overflowAt
        ? [name, `overflows at step ${run.overflowAt}`, '', '', '']
        : [name, dollars(run.cost), share(run.cachedShare), run.cuts, run.largest],
    );
    table(
      [`results of ${resultTokens.toLocaleString('en')} tokens`, 'bill', 'cached', 'cuts', 'largest prompt'],
      rows,
    );
  }
  saved();
  growths();
  reasoning();
}

function runs(resultTokens) {
  const run = { ...RUN, resultTokens };
  return {
    ...mapped(POLICIES, (policy) => policyRun(policy, run)),
    ...mapped(OURS, (options) => windowRun(options, run)),
  };
}

/** By result size, by policy: US dollars, or null where the window overflowed. */
function bills() {
  return Object.fromEntries(
    RESULTS.map((resultTokens) => [resultTokens, mapped(runs(resultTokens), ({ cost }) => cost ?? null)]),
  );
}

function saved() {
  const rows = RESULTS.map((resultTokens) => {
    const { cost, appendOnly, saved } = windowRun(undefined, { ...RUN, resultTokens });
    return [
      `${resultTokens.toLocaleString('en')} tokens`,
      dollars(cost),
      dollars(appendOnly.cost),
      dollars(saved),
      appendOnly.overflowAt,
    ];
  });
  const head = [
    'what the ledger says, results of',
    'bill',
    'append only, in an endless window',
    'saved',
    'overflow at request',
  ];
  table(head, rows);
}

/** Against the best threshold found with hindsight, for the same 20 rounds. */
function growths() {
  const prices = {
    'kimi-k2.6': K26,
    'kimi-k3': { input: 3, cachedInput: 0.3, output: 15 },
    'no lower price for cached': { input: 0.95, cachedInput: 0.95, output: 4 },
  };
  const sizes = [200, 800, 3_000, 6_000];
  const rows = Object.entries(prices).map(([name, price]) => [
    name,
    ...sizes.map((resultTokens) => {
      const run = { ...RUN, steps: 500, resultTokens, prices: price };
      const ours = windowRun({ keepRounds: 20, keepTokens: 0 }, run).cost;
      const best = Math.min(
        ...thresholds(resultTokens).map((above) => policyRun(batches(20, above), run).cost ?? Infinity),
      );
      check(
        ours < 1.25 * best,
        `${name} at ${resultTokens} tokens costs ${ours}, the best threshold ${best}`,
      );
      return ours / best;
    }),
  ]);
  table(
    [
      'bill ÷ that of the best of 12 thresholds',
      ...sizes.map((size) => `results of ${size.toLocaleString('en')}`),
    ],
    rows,
  );
}

function thresholds(resultTokens) {
  const kept = 3_000 + 20 * (resultTokens + 250);
  return Array.from({ length: 12 }, (_, index) => kept + (index + 1) ** 2 * 0.25 * (resultTokens + 250));
}

function reasoning() {
  const rows = [5, 40].flatMap((steps) =>
    [false, true].map((keeps) => {
      const run = { prompts: 400 / steps, steps, resultTokens: 800, prices: K26, window: RUN.window };
      const { cost, cachedShare, cuts, keptReasoning } = chatRun(keeps, run);
      const name = `${run.prompts} prompts of ${steps} steps, ${keeps ? 'kept' : 'dropped'}`;
      return [name, dollars(cost), share(cachedShare), cuts, dollars(keptReasoning.cost)];
    }),
  );
  table(['reasoning of earlier prompts', 'bill', 'cached', 'cuts', 'of it for kept reasoning'], rows);
}

function mapped(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}

function dollars(amount) {
  return `$${amount.toFixed(amount < 10 ? 3 : 2)}`;
}

function share(part) {
  return `${(100 * part).toFixed(1)} %`;
}
