import type { Item } from './reply.ts';

/**
 * The items of a request as lists show them, in their order: messages in their long form, and each item under an id that
 * no other has, by which a list can be gone on with. Clients send most items without one; those get the same every time.
 */
export function listedItems(items: readonly Item[], answerId: string): Item[] {
  const ids = new Set<unknown>();
  return items.map((item, position) => {
    const own = item['id'];
    let id = own;
    if (typeof own !== 'string' || own === '' || ids.has(own))
      id = `${prefixOf(item)}_${answerId}_in${position}`;
    // Somebody may have called an item before it so.
    while (ids.has(id)) id += 'x';
    ids.add(id);
    return { ...(isMessage(item) ? longMessage(item) : item), id };
  });
}

/** Whether an item is a message; a type is not needed for that. */
export function isMessage(item: Item): boolean {
  return (item['type'] ?? ('role' in item ? 'message' : undefined)) === 'message';
}

/** With the mark before the position it is not taken for an item of an answer, whose items belong together. */
function prefixOf(item: Item): string {
  return isMessage(item) ? 'msg' : 'item';
}

function longMessage(item: Item): Item {
  const { content, role, status } = item;
  return { ...item, type: 'message', status: status ?? 'completed', content: parts(content ?? '', role) };
}

function parts(content: unknown, role: unknown): unknown {
  if (typeof content !== 'string') return content;
  if (role === 'assistant') return [{ type: 'output_text', text: content, annotations: [] }];
  return [{ type: 'input_text', text: content }];
}
