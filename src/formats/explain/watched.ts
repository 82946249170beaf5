import type { StreamEvent } from '../../core/index.ts';
import { type Channel, Machine, type MachineOptions, type Mode } from '../engine/machine.ts';
import type { Marker } from '../engine/markers.ts';
import { TextMode } from '../engine/text-mode.ts';

/** What happened while one mode read once. */
export interface Step {
  /** The mode that read, and where plain text went before it did. */
  readonly mode: Mode;
  readonly channel: Channel;
  /** What it read. */
  readonly text: string;
  /** The markers that count in plain text. */
  readonly markers: readonly Marker[];
  /** Modes that it went on to. */
  readonly entered: readonly Mode[];
  /** It is over for this mode. */
  readonly left: boolean;
  /** The output is over. */
  readonly stopped: boolean;
  /** What it wrote as plain text itself. */
  readonly written: readonly string[];
  /** What it has written as plain text though it was read as something else. */
  readonly released: string;
  /** What is to be read again. */
  readonly rewound?: string;
  readonly events: readonly StreamEvent[];
}

interface OpenStep {
  readonly mode: Mode;
  readonly channel: Channel;
  readonly entered: Mode[];
  left: boolean;
  stopped: boolean;
  readonly written: string[];
  released: string;
  rewound?: string;
}

type Watch = (step: Step) => void;

/**
 * The parser's machine with somebody who watches it. Everything is seen from outside, through the modes and the methods
 * that they call, so the machine itself knows nothing of it and is as fast as ever.
 */
export class WatchedMachine extends Machine {
  readonly #watch: Watch;
  readonly #events: StreamEvent[];
  #step: OpenStep | undefined;

  /** `events`: the list to which `options.send` adds. */
  constructor(options: Omit<MachineOptions, 'textMode'>, events: StreamEvent[], watch: Watch) {
    super({ ...options, textMode: (machine) => new WatchedTextMode(machine as WatchedMachine) });
    this.#watch = watch;
    this.#events = events;
  }

  /** Has a mode read, or end, and tells what came of it. */
  observe(mode: Mode, input: string, from: number, read: () => number): number {
    const step: OpenStep = {
      mode,
      channel: this.channel,
      entered: [],
      left: false,
      stopped: false,
      written: [],
      released: '',
    };
    const before = this.#events.length;
    this.#step = step;
    const to = read();
    this.#step = undefined;
    this.#watch({
      ...step,
      text: input.slice(from, to),
      markers: this.markers,
      events: this.#events.slice(before),
    });
    return to;
  }

  wrote(text: string): void {
    this.#step?.written.push(text);
  }

  override enter(mode: Mode): void {
    if (this.#step) {
      this.#step.entered.push(mode);
      this.#step.left = true;
    }
    super.enter(new WatchedMode(this, mode));
  }

  override enterText(): void {
    if (this.#step) this.#step.left = true;
    super.enterText();
  }

  override afterCallEnd(): void {
    if (this.#step) this.#step.left = true;
    super.afterCallEnd();
  }

  override rewind(text: string): void {
    if (this.#step) {
      this.#step.rewound = text;
      this.#step.left = true;
    }
    super.rewind(text);
  }

  override stop(): void {
    if (this.#step) this.#step.stopped = true;
    super.stop();
  }

  override writePlain(text: string): void {
    if (this.#step) this.#step.released += text;
    super.writePlain(text);
  }
}

class WatchedMode implements Mode {
  readonly #machine: WatchedMachine;
  readonly #mode: Mode;

  constructor(machine: WatchedMachine, mode: Mode) {
    this.#machine = machine;
    this.#mode = mode;
  }

  read(input: string, from: number): number {
    return this.#machine.observe(this.#mode, input, from, () => this.#mode.read(input, from));
  }

  end(): void {
    this.#machine.observe(this.#mode, '', 0, () => {
      this.#mode.end();
      return 0;
    });
  }
}

class WatchedTextMode extends TextMode {
  readonly #machine: WatchedMachine;

  constructor(machine: WatchedMachine) {
    super(machine);
    this.#machine = machine;
  }

  override read(input: string, from: number): number {
    return this.#machine.observe(this, input, from, () => super.read(input, from));
  }

  override end(): void {
    this.#machine.observe(this, '', 0, () => {
      super.end();
      return 0;
    });
  }

  override write(text: string): void {
    this.#machine.wrote(text);
    super.write(text);
  }
}
