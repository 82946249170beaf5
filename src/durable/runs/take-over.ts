import type { WorkflowStatus } from '@dbos-inc/dbos-sdk';
import type { Database } from '../postgres/database.ts';
import type { HeldProcess } from '../postgres/held-process.ts';
import { type Engine, RUNS_QUEUE, RUNS_VERSION } from './engine.ts';

/**
 * Puts what dead workers were at back into the queue it came from. Workers do it one after the other, each with a fresh look:
 * the engine would also take back what is running elsewhere by now.
 */
export class TakeOver {
  readonly #database: Database;
  readonly #engine: Engine;
  readonly #process: HeldProcess;

  constructor(database: Database, engine: Engine, process: HeldProcess) {
    this.#database = database;
    this.#engine = engine;
    this.#process = process;
  }

  /** Looks for what others have left behind. */
  async ofTheDead(): Promise<void> {
    const pending = await this.#pending();
    const others = new Set(pending.map(({ executorId }) => executorId));
    others.delete(this.#process.name);
    const dead = new Set<string>();
    await Promise.all(
      [...others].map(async (executor) => {
        if (executor !== undefined && (await this.#process.isDead(executor))) dead.add(executor);
      }),
    );
    // Of all at once: it takes connections that records are to be written over.
    if (dead.size > 0) await this.#requeue(({ executorId }) => dead.has(executorId ?? ''));
  }

  /** Puts what this worker has back, as far as `isMine` says so. */
  async ofOwn(isMine: (workflow: string) => boolean): Promise<void> {
    const { name } = this.#process;
    const isLeft = ({ executorId, workflowID }: WorkflowStatus) => executorId === name && isMine(workflowID);
    if ((await this.#pending()).some(isLeft)) await this.#requeue(isLeft);
  }

  /** What this worker has, as the engine knows it. */
  async own(): Promise<string[]> {
    const { name } = this.#process;
    return (await this.#pending())
      .filter(({ executorId }) => executorId === name)
      .map(({ workflowID }) => workflowID);
  }

  async #requeue(isLeft: (workflow: WorkflowStatus) => boolean): Promise<void> {
    await this.#database.transaction(async (client) => {
      await client.query("SELECT pg_advisory_xact_lock(hashtextextended('perigee take-over ' || $1, 0))", [
        this.#engine.schema,
      ]);
      const left = (await this.#pending()).filter(isLeft);
      for (const queueName of new Set(left.map((workflow) => workflow.queueName ?? RUNS_QUEUE))) {
        const ids = left
          .filter((workflow) => (workflow.queueName ?? RUNS_QUEUE) === queueName)
          .map(({ workflowID }) => workflowID);
        await this.#engine.client.resumeWorkflows(ids, { queueName });
      }
    });
  }

  #pending(): Promise<WorkflowStatus[]> {
    return this.#engine.client.listWorkflows({
      status: 'PENDING',
      applicationVersion: RUNS_VERSION,
      loadInput: false,
      loadOutput: false,
    });
  }
}
