import type { Parts } from './parts.ts';

/** The rooms that a gateway is made of, loaded when one is started. */
export async function loadParts(): Promise<Parts> {
  const [upstream, conform, gateway, replay] = await Promise.all([
    import('../../upstream/index.ts'),
    import('../../conform/index.ts'),
    import('../../gateway/index.ts'),
    import('../../replay/index.ts'),
  ]);
  return { ...upstream, ...conform, ...gateway, practiceModel: replay.practiceModel };
}
