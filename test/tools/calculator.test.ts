import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculate, calculator, ExpressionError } from '../../src/tools/index.ts';
import { workedMs } from '../work-time.ts';

/** An integer expression as text, and its value by BigInt. */
const integers = fc.letrec<{ whole: [string, bigint] }>((tie) => ({
  whole: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.bigInt(0n, 10n ** 30n).map((n): [string, bigint] => [String(n), n]),
    fc
      .tuple(tie('whole'), fc.constantFrom('+', '-', '*', '×', '−'), tie('whole'))
      .map(([[a, x], sign, [b, y]]): [string, bigint] => [
        `(${a} ${sign} ${b})`,
        sign === '+' ? x + y : sign === '*' || sign === '×' ? x * y : x - y,
      ]),
    tie('whole').map(([a, x]): [string, bigint] => [`-${a.startsWith('-') ? `(${a})` : a}`, -x]),
    fc
      .tuple(tie('whole'), fc.integer({ min: 0, max: 3 }))
      .map(([[a, x], n]): [string, bigint] => [`(${a})^${n}`, x ** BigInt(n)]),
  ),
})).whole;

describe('calculate', () => {
  it('agrees with BigInt on integer expressions of any size within its limits', () => {
    fc.assert(
      fc.property(integers, ([text, value]) => {
        fc.pre(text.length <= 1000 && String(value).length < 4000);
        expect(calculate(text)).toEqual({ result: String(value) });
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with BigInt on remainders and whole quotients', () => {
    const positive = fc.bigInt(1n, 10n ** 60n);
    fc.assert(
      fc.property(positive, positive, (a, b) => {
        expect(calculate(`${a} % ${b}`).result).toBe(String(a % b));
        expect(calculate(`${a * b} / ${b}`)).toEqual({ result: String(a) });
        expect(calculate(`sqrt(${a * a})`)).toEqual({ result: String(a) });
      }),
    );
  });

  it('adds and multiplies decimals exactly', () => {
    const decimal = fc.tuple(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.integer({ min: 0, max: 20 }));
    const written = ([digits, places]: [bigint, number]): string => `(${digits} * 10^-${places})`;
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const product = calculate(`${written(a)} * ${written(b)} * 10^${a[1] + b[1]}`);
        expect(product).toEqual({ result: String(a[0] * b[0]) });
        const sum = calculate(`(${written(a)} + ${written(b)}) * 10^${a[1] + b[1]}`);
        expect(sum).toEqual({ result: String(a[0] * 10n ** BigInt(b[1]) + b[0] * 10n ** BigInt(a[1])) });
      }),
    );
  });

  it.each([
    ['0.1 + 0.2', '0.3'],
    ['12.5 * (3 + 4)', '87.5'],
    ['-2^2', '-4'],
    ['2^3^2', '512'],
    ['2**10', '1024'],
    ['2^-2', '0.25'],
    ['10 % 3', '1'],
    ['-7 % 3', '-1'],
    ['15% of 200', '30'],
    ['50%', '0.5'],
    ['10% - 3', '-2.9'],
    ['10%-3', '-2.9'],
    ['10% -3', '-2.9'],
    ['10 % - 3', '-2.9'],
    ['5 % -3', '2'],
    ['-5 % +3', '-2'],
    ['5%(-3)', '2'],
    ['5 % -(1 + 2) + 7 % -sqrt(16)', '5'],
    ['10 %', '0.1'],
    ['sqrt(0.0625)', '0.25'],
    ['sqrt(9^4190) / 3^4190', '1'],
    ['sqrt(0)', '0'],
    ['7.5 % 0.2', '0.1'],
    ['1 / 8', '0.125'],
    ['(-1)^(10^3000 + 1)', '-1'],
    ['200 * (1 + 10%)', '220'],
    ['9 × 9 ÷ 3 − 1', '26'],
    ['3 - -3', '6'],
    ['.5 + 5.', '5.5'],
    ['1.5e3', '1500'],
    ['round(2.5)', '3'],
    ['round(-2.5)', '-3'],
    ['round(2.345, 2)', '2.35'],
    ['floor(-1.5) + ceil(1.2) + abs(-3)', '3'],
    ['min(3, 1, 2) + MAX(4, 5)', '6'],
    ['√16', '4'],
    ['0 * -1', '0'],
    ['1.05^3', '1.157625'],
  ])('%s = %s exactly', (expression, result) => {
    expect(calculate(expression)).toEqual({ result });
  });

  it.each([
    ['1 / 3', '0.333333333333333333333333333333'],
    ['1 / 3 * 3', '1'],
    ['1 / 3 * 3 - 1', '0'],
    ['0 + 1e-60 / 7', '1.42857142857142857142857142857e-61'],
    ['1 - 10^50 / 7 * 7 / 10^50', '0'],
    ['1 / 3 * 3 - 1 + 10^-50', '1e-50'],
    ['sqrt(10^3998 - 1)', '1e+1999'],
    ['27^(1/3)', '3'],
    ['2^0.5', '1.41421356237309504880168872421'],
    ['pi', '3.14159265358979323846264338328'],
    ['10^50 / 3', '3.33333333333333333333333333333e+49'],
    ['1e-60 / 7', '1.42857142857142857142857142857e-61'],
  ])('%s = %s, marked as rounded to 30 digits', (expression, result) => {
    expect(calculate(expression)).toEqual({ result, rounded: true });
  });

  it('rounds down what stands for a whole number to that number', () => {
    expect(calculate('floor(1/3*3)').result).toBe('1');
  });

  it.each([
    ['', 'The expression is empty.'],
    ['1 +', 'The expression ends where a number was expected.'],
    ['(1 + 2', 'The "(" at character 1 is never closed.'],
    ['1 + (2 * max(1, 2)', 'The "(" at character 5 is never closed.'],
    ['1 + )', 'Unexpected ")" at character 5, where a number was expected.'],
    ['2(3)', 'Unexpected "(" at character 2, where an operator was expected.'],
    [
      '1,000 + 1',
      'Unexpected "," at character 2, where an operator was expected. Write large numbers without separators.',
    ],
    ['2 $ 3', 'Unexpected "$" at character 3.'],
    [
      '1 + toString(1)',
      'Unknown name "tostring" at character 5. Known: sqrt, abs, round, floor, ceil, min, max, pi, e.',
    ],
    ['constructor', 'Unknown name "constructor"'],
    ['sqrt(1, 2)', 'sqrt() at character 1 was given 2 numbers.'],
    ['1 / (2 - 2)', 'Division by zero.'],
    ['5 % 0', 'Division by zero.'],
    ['0^-1', 'Division by zero'],
    ['sqrt(-4)', 'no square root of a negative number'],
    ['(-8)^(1/3)', 'no real power'],
    ['round(1.5, 1.5)', '0 to 100 decimal places'],
  ])('says what is wrong with %j and where', (expression, message) => {
    expect(() => calculate(expression)).toThrow(ExpressionError);
    expect(() => calculate(expression)).toThrow(message);
  });

  it.each([
    'sqrt(9^4190-1)',
    `sqrt(9^4190-1)${'+sqrt(9^4190-1)'.repeat(9)}`,
    `sqrt(7^4730)${'+sqrt(7^4730)'.repeat(70)}`,
    `√(1e3999-1)${'+√(1e3999-1)'.repeat(80)}`,
    `${'√('.repeat(98)}9^4190${')'.repeat(98)}`,
    `π^π${'*π^π'.repeat(249)}`,
    `1.1${'^1.1'.repeat(98)}`,
    `16^.25${'+16^.25'.repeat(140)}`,
    `9^4190${'/3'.repeat(497)}`,
    `9^4190${'%.7'.repeat(331)}`,
    `1e3999%1e-3999${'+1e3999%1e-3999'.repeat(64)}`,
    `9^2000*9^2000${'-9^2000*9^2000'.repeat(70)}`,
    `9^4190${'-9^4190'.repeat(141)}`,
    Array.from({ length: 250 }, (_, i) => i + 1).join('*'),
  ])('never keeps the process for long: %s', (expression) => {
    expect(expression.length).toBeLessThanOrEqual(1000);
    const before = process.cpuUsage();
    try {
      calculate(expression);
    } catch (error) {
      expect(error).toBeInstanceOf(ExpressionError);
    }
    expect(workedMs(before)).toBeLessThan(1000);
  });

  it('says when an expression takes too much work', () => {
    expect(() => calculate(`9^4190${'/3'.repeat(497)}`)).toThrow('Calculate it in parts.');
    expect(() => calculate(`π^π${'*π^π'.repeat(249)}`)).toThrow('takes too much work');
  });

  it.each([
    ['9^9^9^9', 'too large'],
    ['1e999999999', 'too large'],
    ['1e-999999999', 'too small'],
    [`2^${'9'.repeat(900)}`, 'too large'],
    ['1.0000000000000000000000000000000001^(10^3000)', 'too large'],
    ['10^4000', 'too large'],
    ['('.repeat(101), 'nested more than 100 levels deep'],
    ['-'.repeat(999), 'nested more than 100 levels deep'],
    [`${'1+'.repeat(600)}1`, '1201 characters; 1000 are allowed'],
  ])('refuses %s at once rather than work on it for ever', (expression, message) => {
    const before = process.cpuUsage();
    expect(() => calculate(expression)).toThrow(message);
    expect(workedMs(before)).toBeLessThan(1000);
  });
});

describe('the calculator tool', () => {
  it('answers with the result and lets errors out for the model to read', () => {
    const context = {
      signal: new AbortController().signal,
      toolCallId: 'functions.calculator:0',
      idempotencyKey: 'functions.calculator:0',
    };
    expect(calculator.execute({ expression: '3 * 9' }, context)).toEqual({ result: '27' });
    expect(() => calculator.execute({ expression: '3 *' }, context)).toThrow(ExpressionError);
  });
});
