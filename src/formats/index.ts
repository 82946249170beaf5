export { type Explained, type ExplainedCall, type ExplainedPiece, explain } from './explain/explain.ts';
export type { PieceKind } from './explain/reader.ts';
export type { Format } from './format.ts';
export { createReparser } from './host/reparser.ts';
export { schemaFits } from './native/schema-fit.ts';
export {
  createParser,
  type EndOfText,
  type Parser,
  type ParserOptions,
  parse,
  type Reparser,
} from './parser.ts';
export * from './render/index.ts';
export { normalizeArguments } from './values/arguments.ts';
export { repairArguments } from './values/repair.ts';
