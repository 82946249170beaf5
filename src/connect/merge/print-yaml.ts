import { Document, isCollection, isMap, isPair, isSeq, visit } from 'yaml';
import type { JsonValue } from './value.ts';

/** A value as YAML, lists of plain values on one line. */
export function printedYaml(value: JsonValue): string {
  const document = new Document(value);
  visit(document, {
    Seq(_, node) {
      if (node.items.length > 0 && node.items.every((item) => !isCollection(item) && !isPair(item)))
        node.flow = true;
    },
    Collection(_, node) {
      if ((isMap(node) || isSeq(node)) && node.items.length === 0) node.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
