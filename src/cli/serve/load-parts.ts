import { type Model, modelStream } from '../../core/index.ts';
import type { Parts } from './parts.ts';

/** The rooms that a gateway is made of, loaded when one is started. */
export async function loadParts(): Promise<Parts> {
  const [upstream, conform, gateway] = await Promise.all([
    import('../../upstream/index.ts'),
    import('../../conform/index.ts'),
    import('../../gateway/index.ts'),
  ]);
  return { ...upstream, ...conform, ...gateway, practiceModel };
}

/** Loaded when it is asked, which in most gateways it never is. */
function practiceModel(): Model {
  let loaded: Promise<Model> | undefined;
  return {
    id: 'practice',
    stream: (request, options) =>
      modelStream(async function* () {
        loaded ??= import('../../replay/index.ts').then((replay) => replay.practiceModel());
        yield* (await loaded).stream(request, options).batches();
      }),
  };
}
