import { randomBytes } from 'node:crypto';
import { ReasoningMemory } from '../conform/index.ts';
import type { Accounts } from '../core/index.ts';
import { configurationIn, type DecodeOptions } from '../protocols/index.ts';
import { KnownBodies } from './bodies/known-bodies.ts';
import { Heartbeat } from './edges/heartbeat.ts';
import { type KeyRing, keyRing } from './keys/keys.ts';
import { localAccounts } from './keys/local-accounts.ts';
import { WaitingLines } from './keys/waiting-lines.ts';
import { completeLimits } from './limits.ts';
import { Metrics } from './metrics/metrics.ts';
import { Tracing } from './metrics/tracing.ts';
import type { GatewayLimits, GatewayOptions } from './options.ts';
import { Box } from './stores/box.ts';
import { ResponseStore } from './stores/response-store.ts';
import { createSeal, type Seal } from './stores/seal.ts';
import { SharedStores } from './stores/shared-stores.ts';
import { Turns } from './turns.ts';

/** Options, checked and made ready. A request keeps the one it began with. */
export interface Snapshot {
  readonly options: GatewayOptions;
  readonly ring: KeyRing;
  readonly limits: Required<GatewayLimits>;
  readonly secret: string;
}

/** What outlives options and requests. */
export class Runtime {
  snapshot: Snapshot;
  /** Answers tell their connections to close. */
  draining = false;
  /** Nothing that begins is served any more. */
  drained = false;
  /** Requests whose answer has not ended. */
  running = 0;
  /** Is called when `running` falls to 0. */
  onIdle: (() => void) | undefined;
  readonly startedAt = Date.now();
  readonly accounts: Accounts;
  readonly lines: WaitingLines;
  readonly metrics = new Metrics(() => ({
    running: this.running,
    draining: this.draining,
    accounts: this.accounts.state?.(),
    models: this.snapshot.options.models.list(),
  }));
  readonly tracing = new Tracing();
  readonly turns = new Turns();
  readonly heartbeat = new Heartbeat(() => this.snapshot.limits);
  /** The reasoning that clients drop. */
  readonly memory: ReasoningMemory;
  readonly responses: ResponseStore;
  /** What replicas share; undefined where nothing is handed in. */
  readonly shared: SharedStores | undefined;
  /** What clients send again with every request. */
  readonly bodies: KnownBodies;
  /** Where the configuration gives none. Where there is no state either, no other gateway can open what this one sealed. */
  readonly #ownSecret: string;
  readonly #tenants = new Map<string, { readonly secret: string; readonly seal: Seal }>();

  constructor(options: GatewayOptions) {
    const { state } = options;
    this.#ownSecret = state?.secret ?? randomBytes(32).toString('hex');
    this.snapshot = this.prepare(options);
    const { memoryBytes } = this.snapshot.limits;
    this.accounts = options.accounts ?? localAccounts();
    this.lines = new WaitingLines(this.accounts);
    // What was written stays readable for as long as the gateway runs, so it keeps the secret that it began with.
    const box = state && new Box(this.snapshot.secret);
    this.memory = new ReasoningMemory({
      bytes: memoryBytes,
      ...(box && { secret: box.secretFor('reasoning') }),
    });
    this.responses = new ResponseStore({
      bytes: memoryBytes,
      ...(box && { nameOf: (tenant, id) => box.nameOf(tenant, id) }),
    });
    this.shared =
      box && new SharedStores({ reasoning: this.memory, responses: this.responses }, state, box, memoryBytes);
    if (this.shared) this.metrics.others.push(() => this.shared!.series());
    this.bodies = new KnownBodies({ bytes: memoryBytes });
  }

  /** Throws `invalid-options`. */
  prepare(options: GatewayOptions): Snapshot {
    const { keys, limits, secret = this.#ownSecret } = options;
    return { options, ring: keyRing(keys), limits: completeLimits(limits), secret };
  }

  /** What is sealed for one tenant, no other can open. */
  sealOf({ secret }: Snapshot, tenant: string): Seal {
    let known = this.#tenants.get(tenant);
    if (known?.secret !== secret) {
      known = { secret, seal: createSeal(secret, tenant) };
      this.#tenants.set(tenant, known);
    }
    return known.seal;
  }

  /** What a decoder may ask for on behalf of a tenant. */
  decodeOptions(snapshot: Snapshot, tenant: string): DecodeOptions {
    const { responses } = this;
    const { unseal } = this.sealOf(snapshot, tenant);
    return {
      unseal,
      recall: (id) => responses.recall(tenant, id),
      recallConfiguration: (id) => configurationIn(responses.get(tenant, id)),
      recallItem: (id) => responses.recallItem(tenant, id),
    };
  }

  /** Whether every request needs a key. */
  isKeyed({ ring }: Snapshot): boolean {
    return ring.length > 0 || this.accounts.keepsKeys;
  }

  begin(): void {
    this.running++;
  }

  end(): void {
    if (--this.running === 0) this.onIdle?.();
  }
}
