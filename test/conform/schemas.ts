import fc from 'fast-check';

const NAMES = ['a', 'b', 'c', 'required', '$ref', '', 'x/y', '{id}', 'anyOf', 'toString', '__proto__'];
const TYPES = ['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'];
const REFS = [
  '#',
  '#/$defs/a',
  '#/$defs/b',
  '#/definitions/c',
  '#/$defs/a/properties/b',
  '#x',
  '#/properties/a',
];

const value = fc.constantFrom<unknown>(
  null,
  0,
  1,
  1.5,
  -1,
  '',
  's',
  'abc',
  true,
  [],
  [1],
  ['a', 1],
  {},
  { a: 1 },
  { $ref: 'x' },
  { 'x/y': 1 },
);
const name = fc.constantFrom(...NAMES);
const some = (arbitrary: fc.Arbitrary<unknown>, most = 3) =>
  fc.array(arbitrary, { minLength: 1, maxLength: most });

/** Keywords as fast-check draws them: each may be there, and mostly fits the type. */
function schemas(always: 'typed' | 'any'): fc.Arbitrary<unknown> {
  const { root } = fc.letrec<{ schema: unknown; root: unknown; inner: unknown }>((tie) => {
    const schema = tie('schema');
    const inner = fc.oneof({ weight: 9, arbitrary: schema }, { weight: 1, arbitrary: fc.boolean() });
    const named = fc.dictionary(name, inner, { maxKeys: 3 });
    const anywhere = {
      description: fc.constantFrom('d', 'e'),
      title: fc.constant('t'),
      default: value,
      not: schema,
      nullable: fc.boolean(),
    };
    const typed = (type: string | readonly string[], keywords: Record<string, fc.Arbitrary<unknown>>) => {
      const model = { type: fc.constant(type), ...keywords, ...anywhere };
      return always === 'typed'
        ? fc.record(model, { requiredKeys: ['type'] })
        : fc.record(model, { requiredKeys: [] });
    };
    const count = fc.integer({ min: 0, max: 3 });
    const bound = fc.constantFrom<unknown>(-3, 0, 0.5, 2, 2.5);
    const kinds: fc.Arbitrary<unknown>[] = [
      typed('object', {
        properties: named,
        required: fc.uniqueArray(name, { maxLength: 2 }),
        additionalProperties: inner,
        patternProperties: fc.dictionary(fc.constantFrom('^a', 'x'), inner, { maxKeys: 2 }),
        minProperties: count,
      }),
      typed('array', {
        items: fc.oneof(inner, some(inner)),
        minItems: count,
        maxItems: count,
        uniqueItems: fc.boolean(),
      }),
      typed('array', { prefixItems: some(inner), items: inner, maxItems: count }),
      typed('string', {
        minLength: count,
        maxLength: count,
        pattern: fc.constant('^a'),
        format: fc.constant('date'),
      }),
      typed('number', { minimum: bound, exclusiveMaximum: bound, multipleOf: fc.constantFrom(1, 2) }),
      typed('integer', { exclusiveMinimum: bound, maximum: bound }),
      fc
        .uniqueArray(fc.constantFrom(...TYPES), { minLength: 1 })
        .chain((types) => typed(types, { minimum: bound, minLength: count })),
      fc.record({ anyOf: some(inner), ...anywhere }, { requiredKeys: ['anyOf'] }),
      fc.record({ oneOf: some(inner), type: fc.constantFrom(...TYPES) }, { requiredKeys: ['oneOf'] }),
      fc.record({ allOf: some(schema), ...anywhere }, { requiredKeys: ['allOf'] }),
      fc.record({ $ref: fc.constantFrom(...REFS), ...anywhere }, { requiredKeys: ['$ref'] }),
      fc.record({ enum: some(value), ...anywhere }, { requiredKeys: ['enum'] }),
      fc.record({ const: value, ...anywhere }, { requiredKeys: ['const'] }),
    ];
    return {
      schema: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        fc.constantFrom<unknown>({}, { type: 'string' }, { description: 'x' }),
        ...kinds,
      ),
      inner,
      root: fc
        .tuple(
          schema,
          fc.record({ $defs: fc.record({ a: schema, b: schema }), definitions: fc.record({ c: schema }) }),
        )
        .map(([own, definitions]) => ({ ...(own as object), ...definitions })),
    };
  });
  return root;
}

/** A schema whose references may lead nowhere or in circles, and where what limits a type may stand beside another. */
export const hostileSchema: fc.Arbitrary<unknown> = fc
  .tuple(
    schemas('any'),
    fc.option(
      fc.tuple(
        fc.constantFrom(
          'type',
          'properties',
          'items',
          'required',
          'enum',
          'anyOf',
          '$ref',
          'minItems',
          '$defs',
        ),
        value,
      ),
    ),
  )
  .map(([schema, nonsense]) => (nonsense ? { ...(schema as object), [nonsense[0]]: nonsense[1] } : schema));

/** A schema in which objects and lists say that they are. */
export const typedSchema: fc.Arbitrary<unknown> = schemas('typed');

/** A small JSON value, with the names that schemas use. */
export const anyInstance: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  instance: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    value,
    fc.array(tie('instance'), { maxLength: 3 }),
    fc.dictionary(name, tie('instance'), { maxKeys: 3 }),
  ),
})).instance;
