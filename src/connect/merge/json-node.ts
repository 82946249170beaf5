/** The part of momoa's nodes that is used; ranges are offsets into the text. */
export interface JsonNode {
  readonly type: string;
  readonly range: readonly [number, number];
  readonly body?: JsonNode;
  readonly members?: readonly JsonNode[];
  readonly elements?: readonly JsonNode[];
  readonly name?: JsonNode;
  readonly value?: JsonNode | string | number | boolean;
}
