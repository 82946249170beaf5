import { tool } from '../../agent/index.ts';
import { type Calculation, calculate, MAX_EXPRESSION_LENGTH } from './evaluate.ts';

/** What the calculator is given. */
export interface CalculatorInput {
  readonly expression: string;
}

/**
 * Computes an arithmetic expression: `{ expression }` → `{ result, rounded? }`, both exact as `calculate`
 * describes. An expression that cannot be computed throws an error that says what is wrong and where.
 */
export const calculator = tool({
  description:
    'Computes an arithmetic expression exactly. Operators: + - * / ^ and parentheses; a % b is the remainder, with ' +
    'the sign of a; 15% is 0.15, "15% of 80" works. Before a sign, % is the remainder only when spaced as in ' +
    '"5 % -3" or written "5 % (-3)"; "10%-3" and "10% - 3" are 0.1 - 3. Functions: sqrt, abs, round(x, places), ' +
    'floor, ceil, min, max. Constants: pi, e. Write numbers without thousands separators. "rounded" in the result ' +
    'marks one that cannot be exact.',
  inputSchema: {
    type: 'object',
    properties: {
      expression: {
        type: 'string',
        description: 'For example "12.5 * (3 + 4)".',
        minLength: 1,
        maxLength: MAX_EXPRESSION_LENGTH,
      },
    },
    required: ['expression'],
    additionalProperties: false,
  },
  readOnly: true,
  execute({ expression }: CalculatorInput): Calculation {
    return calculate(expression);
  },
});
